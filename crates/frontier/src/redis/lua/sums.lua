-- Sums over a crawl's part of a partition, one MessagePack array: read once a call, written once.

local SUMS = {
  'seen', 'hosts', 'p0', 'p1', 'p2', 'flight', 'due', 'drawn', 'buckets', 'park0', 'park1',
  'parkmax',
}

-- The largest power of two that is not above the number of buckets.
local function set_round(sums)
  local round = 1
  while round * 2 <= sums.buckets do round = round * 2 end
  sums.round = round
end

local function load_sums(p)
  local raw = call('GET', p.c .. 'n')
  local values, sums = raw and cmsgpack.unpack(raw) or {}, {}
  for i, name in ipairs(SUMS) do sums[name] = values[i] or 0 end
  if sums.buckets == 0 then sums.buckets = 1 end
  set_round(sums)
  p.sums, p.packed_sums, p.seen = sums, raw, p.c .. 's:'
end

local function save_sums(p)
  local values = {}
  for i, name in ipairs(SUMS) do values[i] = p.sums[name] end
  local raw = cmsgpack.pack(values)
  if raw ~= p.packed_sums then call('SET', p.c .. 'n', raw) end
end
