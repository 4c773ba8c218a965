-- Sums over a crawl's part of a partition, one MessagePack array: read once a call, written once.

local SUMS = {
  'seen', 'hosts', 'p0', 'p1', 'p2', 'flight', 'due', 'drawn', 'park0', 'park1', 'parkmax',
}

local function load_sums(p)
  local raw = call('GET', p.c .. 'n')
  local values, sums = raw and cmsgpack.unpack(raw) or {}, {}
  for i, name in ipairs(SUMS) do sums[name] = values[i] or 0 end
  p.sums, p.packed_sums, p.shares = sums, raw, {}
end

local function save_sums(p)
  local values = {}
  for i, name in ipairs(SUMS) do values[i] = p.sums[name] end
  local raw = cmsgpack.pack(values)
  if raw ~= p.packed_sums then call('SET', p.c .. 'n', raw) end
  for number, s in pairs(p.shares) do
    if s.is_changed then
      call('HSET', p.c .. 'sh', number, string.format('%d %d', s.seen, s.buckets))
    end
  end
end
