-- Sums over a crawl's part of a partition: read once a call, written once.

local SUMS = { 'seen', 'hosts', 'p0', 'p1', 'p2', 'flight', 'due', 'drawn', 'buckets', 'park0', 'park1',
  'parkmax' }

local function load_sums(p)
  local values = call('HMGET', p.c .. 'n', unpack(SUMS))
  local sums, was = {}, {}
  for i, name in ipairs(SUMS) do
    sums[name] = tonumber(values[i] or 0)
    was[name] = sums[name]
  end
  if sums.buckets == 0 then sums.buckets = 1 end
  p.sums, p.were = sums, was
end

local function save_sums(p)
  local changed = {}
  for _, name in ipairs(SUMS) do
    if p.sums[name] ~= p.were[name] then
      changed[#changed + 1] = name
      changed[#changed + 1] = us(p.sums[name])
    end
  end
  if #changed > 0 then call('HSET', p.c .. 'n', unpack(changed)) end
end
