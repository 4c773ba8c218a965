-- Functions that look things up, or change one small thing.

local function reader(name, body)
  redis.register_function {
    function_name = name, flags = { 'no-writes' },
    callback = function(keys, args)
      local p, refused = enter(keys, args)
      if not p then return refused end
      return body(p, args)
    end,
  }
end

-- ARGV: header, SHARE, FINGERPRINT, and so on. Reply: stamp, 1 or 0 for each: whether it is known.
reader('nh1_known', function(p, args)
  load_sums(p)
  local known = {}
  for i = 2, #args, 2 do
    local x = args[i + 1]
    known[i / 2] = known_as(seen_key(share(p, tonumber(args[i])), x), x) and 1 or 0
  end
  return { stamp(p), known }
end)

-- The hosts of an outlet that this crawl has heard of: reversed names from one on.
local function hosts_of(p, outlet, is_name)
  local first = reversed(outlet, is_name)
  local names = call('ZRANGEBYLEX', p.c .. 'hosts', '[' .. first, '[' .. first)
  local from, to = '[' .. first .. '.', '(' .. first .. '/'
  for _, name in ipairs(call('ZRANGEBYLEX', p.c .. 'hosts', from, to)) do
    names[#names + 1] = name
  end
  return names
end

-- Whether there are any: a claim comes with many a page, and an outlet may have hosts without end.
local function has_hosts(p, outlet, is_name)
  local first, key = reversed(outlet, is_name), p.c .. 'hosts'
  if call('ZSCORE', key, first) then return true end
  local from, to = '[' .. first .. '.', '(' .. first .. '/'
  return #call('ZRANGEBYLEX', key, from, to, 'LIMIT', 0, 1) > 0
end

-- ARGV: header, OUTLET, KEY, HOLDER, 1 where OUTLET is a name. Reply: stamp, who holds it. Outlets
-- are found again by their hosts; `outlets` has those without any.
local function claim(keys, args)
  local p, refused = begin(keys, args)
  if not p then return refused end
  local key = p.c .. 'cl:' .. args[2]
  if call('HSETNX', key, args[3], args[4]) == 1 and not has_hosts(p, args[2], args[5] == '1') then
    call('SADD', p.c .. 'outlets', args[2])
  end
  return { stamp(p), call('HGET', key, args[3]) }
end
redis.register_function('nh1_claim', claim)

-- All entries of a host: texts after their bands, then pairs of time and value put aside.
local function entries(p, name, band)
  local waiting, put = {}, {}
  for b = 0, 2 do
    if not band or band == b then
      for _, text in ipairs(call('LRANGE', p.c .. 'q' .. b .. ':' .. name, 0, -1)) do
        waiting[#waiting + 1] = b .. text
      end
    end
  end
  for lane = 0, 1 do
    local due = call('ZRANGE', p.c .. 'd' .. lane .. ':' .. name, 0, -1, 'WITHSCORES')
    for i = 1, #due, 2 do
      local value = call('HGET', p.c .. 'e:' .. name, due[i])
      if not band or string.sub(value, 1, 1) == tostring(band) then
        put[#put + 1] = due[i + 1]
        put[#put + 1] = value
      end
    end
  end
  return waiting, put
end

-- The hubs of a host. ARGV: header, HOST. Reply: stamp, texts, times and values.
reader('nh1_hubs', function(p, args)
  local waiting, put = entries(p, args[2], 0)
  return { stamp(p), waiting, put }
end)

-- ARGV: header, OUTLET, 1 where it is a name. Reply: stamp, reversed names.
reader('nh1_hosts_of', function(p, args)
  return { stamp(p), hosts_of(p, args[2], args[3] == '1') }
end)

-- Where a URL is. ARGV: header, HOST, FINGERPRINT, PATH, SHARE. Reply: stamp, 'N' unknown, 'S'
-- settled, 'W' and its text after its band, or 'D', time and value.
reader('nh1_place', function(p, args)
  load_sums(p)
  local name, x, path = args[2], args[3], args[4]
  local known = known_as(seen_key(share(p, tonumber(args[5])), x), x)
  if not known then return { stamp(p), 'N' } end
  for band = 0, 2 do
    if band < 2 or known < 0 then
      for _, text in ipairs(call('LRANGE', p.c .. 'q' .. band .. ':' .. name, 0, -1)) do
        if path_of(text) == path then return { stamp(p), 'W', band .. text } end
      end
    end
  end
  local padded = string.rep('0', 19 - #x) .. x
  local value = call('HGET', p.c .. 'e:' .. name, padded)
  if not value then return { stamp(p), 'S' } end
  local lane = string.sub(value, 1, 1) == '2' and 1 or 0
  return { stamp(p), 'D', call('ZSCORE', p.c .. 'd' .. lane .. ':' .. name, padded), value }
end)

-- ARGV: header. Reply: stamp, sums in the order of SUMS, ready and later by lane, leases in force,
-- when the first is ready (or -1), how long it rests.
reader('nh1_stats', function(p)
  load_sums(p)
  local sums = {}
  for i, name in ipairs(SUMS) do sums[i] = p.sums[name] end
  local lanes, first = {}, -1
  for lane = 0, 1 do
    local key = p.c .. 'l' .. lane
    lanes[#lanes + 1] = call('ZCOUNT', key, '-inf', p.now) + p.sums['park' .. lane]
    lanes[#lanes + 1] = call('ZCOUNT', key, '(' .. us(p.now), '+inf')
    local v = call('ZRANGE', key, 0, 0, 'WITHSCORES')
    if v[2] and (first < 0 or tonumber(v[2]) < first) then first = tonumber(v[2]) end
  end
  local is_parked = p.sums.park0 + p.sums.park1 > 0
  for _, outlet in ipairs(is_parked and call('SMEMBERS', p.c .. 'pk') or {}) do
    for lane = 0, 1 do
      local v = call('ZRANGE', p.c .. 'pk' .. lane .. ':' .. outlet, 0, 0, 'WITHSCORES')
      if v[2] and (first < 0 or tonumber(v[2]) < first) then first = tonumber(v[2]) end
    end
  end
  local leased = call('ZCOUNT', p.p .. 'lease', '(' .. us(p.now), '+inf')
  return { stamp(p), sums, lanes, leased, first, math.max(0, p.rest - p.now) }
end)

-- The time. ARGV: header. Reply: stamp.
reader('nh1_time', function(p) return { stamp(p) } end)

-- The caller has found that the clock was stepped: the partition rests, if it has not since.
local function stepped(keys, args)
  local header = string.gsub(args[1], '^(%S+ %d+) %d+', '%1 0')
  local p, refused = enter(keys, { header }, true)
  if not p then return refused end
  local epoch = string.match(args[1], '^%S+ %d+ %d+ (%d+)')
  if p.rests or p.state.epoch == tonumber(epoch) then rest(p, 'clock') end
  return { stamp(p) }
end
redis.register_function('nh1_stepped', stepped)

-- Which revision of the library this is.
redis.register_function {
  function_name = 'nh1_revision', flags = { 'no-writes' },
  callback = function() return REVISION end,
}
