-- A host queue.
--
-- `h:HOST` is shared by all crawls of this Redis: f fence, d deadline (0 where the lease was given up
-- for healed), r ready at, w worker, l delay, s state, o length of what stands before the outlet,
-- x the end of the last hold, and a field a crawl with its place in the bands' cycle, entries put aside, dead copies in the
-- backfill list, and what is in flight by band.
--
-- What is in flight stays at the head of its list: a lease moves nothing, and what an abandoned
-- lease left is where it was. A URL that moved up from the backfill leaves a dead copy there, which
-- is dropped when its turn comes (`m:HOST` says of which paths how many there are).

local leave_park
local CYCLE = { 0, 1, 0, 1, 2 }
local DUE_MOVED_MAX = 256

local function load_host(p, name)
  local v = call('HMGET', p.p .. 'h:' .. name, 'f', 'd', 'r', 'w', 'l', 's', 'o', p.field,
    'x')
  if not v[3] then return nil end
  local h = {
    name = name, fence = tonumber(v[1] or 0), deadline = tonumber(v[2]), ready = tonumber(v[3]),
    worker = v[4], delay = tonumber(v[5] or 0), state = v[6], cut = v[7] or '0', held = tonumber(v[9] or 0),
    turn = 0, aside = 0, dead = 0, flight = { [0] = 0, 0, 0 },
  }
  if h.deadline == 0 then h.deadline, h.is_swept = nil, true end
  if v[8] then
    local turn, aside, dead, a, b, c = string.match(v[8], '^(%d+) (%d+) (%d+) (%d+) (%d+) (%d+)$')
    h.turn, h.aside, h.dead = tonumber(turn), tonumber(aside), tonumber(dead)
    h.flight = { [0] = tonumber(a), tonumber(b), tonumber(c) }
  end
  h.packed = v[8]
  return h
end

-- The queue's field of this crawl, where it says anything.
local function pack(h)
  local f = h.flight
  local text = string.format('%d %d %d %d %d %d', h.turn, h.aside, h.dead, f[0], f[1], f[2])
  if text == '0 0 0 0 0 0' and not h.packed then return nil end
  return text
end

local function save_queue(p, h)
  local text = pack(h)
  if text and text ~= h.packed then call('HSET', p.p .. 'h:' .. h.name, p.field, text) end
end

-- When the last pause or block ends that is in force about a host; nil where there is none.
local function held_until(p, name, outlet)
  if p.directives == 0 then return nil end
  local v = call('HMGET', p.p .. 'x', 'pause ' .. name, 'block ' .. name, 'pause ' .. outlet,
    'block ' .. outlet)
  local held
  for i = 1, 4 do
    local ends = v[i] and tonumber(string.match(v[i], '^%d+')) or 0
    if ends > p.now then held = math.max(held or 0, ends) end
  end
  return held
end

-- Makes what is needed of a host that was never heard of: it is ready at once. `cut` is negative
-- where the name is an address.
local function new_host(p, name, cut)
  local key = p.p .. 'h:' .. name
  local is_name = tonumber(cut) >= 0
  if not is_name then cut = '0' end
  if call('ZADD', p.c .. 'hosts', 'NX', 0, reversed(name, is_name)) == 1 then
    p.sums.hosts = p.sums.hosts + 1
  end
  local h = load_host(p, name)
  if h then return h end
  local fields = { 'r', us(p.now) }
  if cut ~= '0' then
    fields[3], fields[4] = 'o', cut
  end
  local held = held_until(p, name, outlet_of(name, cut))
  if held then
    fields[#fields + 1] = 'x'
    fields[#fields + 1] = us(held)
  end
  call('HSET', key, unpack(fields))
  call('SADD', p.p .. 'crawls', p.crawl)
  return load_host(p, name)
end

-- A host that this crawl has heard of, or hears of now.
local function host(p, name, cut)
  local h = load_host(p, name)
  if h and (h.packed or call('ZSCORE', p.c .. 'hosts', reversed(name, tonumber(cut) >= 0))) then
    return h
  end
  return new_host(p, name, cut)
end

local function queue(p, h, band) return p.c .. 'q' .. band .. ':' .. h.name end

-- URLs of each band, those in flight counted, dead copies not.
local function lengths(p, h)
  return {
    [0] = call('LLEN', queue(p, h, 0)), call('LLEN', queue(p, h, 1)),
    call('LLEN', queue(p, h, 2)) - h.dead,
  }
end

local function first_due(p, h, lane)
  if h.aside == 0 then return nil end
  local first = call('ZRANGE', p.c .. 'd' .. lane .. ':' .. h.name, 0, 0, 'WITHSCORES')
  return first[2] and tonumber(first[2])
end

-- When the host is ready in a lane; nil when it has nothing there.
local function ready_in(p, h, lane, len)
  local n = len[2]
  if lane == 0 then n = len[0] + len[1] end
  local ready = math.max(h.ready, h.held)
  if n > 0 then return ready end
  local due = first_due(p, h, lane)
  return due and math.max(ready, due)
end

-- Puts the host where it belongs in both lanes.
local function relane(p, h, len)
  len = len or lengths(p, h)
  if p.sums.park0 + p.sums.park1 > 0 then leave_park(p, h) end
  for lane = 0, 1 do
    local at = ready_in(p, h, lane, len)
    if at then
      call('ZADD', p.c .. 'l' .. lane, us(at), h.name)
    else
      call('ZREM', p.c .. 'l' .. lane, h.name)
    end
  end
end

local function path_of(text) return string.match(text, '^%d*([^\n]*)') end

-- Whether a path is in flight from the backfill.
local function is_in_flight(p, h, path)
  if h.flight[2] == 0 then return false end
  for _, text in ipairs(call('LRANGE', queue(p, h, 2), 0, h.flight[2] - 1)) do
    if path_of(text) == path then return true end
  end
  return false
end

local function put_aside(p, h, x, at, value)
  local lane = string.sub(value, 1, 1) == '2' and 1 or 0
  local padded = string.rep('0', 19 - #x) .. x
  if call('ZADD', p.c .. 'd' .. lane .. ':' .. h.name, us(at), padded) == 1 then
    h.aside = h.aside + 1
    p.sums.due = p.sums.due + 1
  end
  call('HSET', p.c .. 'e:' .. h.name, padded, value)
end

local function aside(p, h, x)
  if h.aside == 0 then return nil end
  local padded = string.rep('0', 19 - #x) .. x
  local value = call('HGET', p.c .. 'e:' .. h.name, padded)
  if not value then return nil end
  return value, padded, string.sub(value, 1, 1) == '2' and 1 or 0
end

local function drop_aside(p, h, padded, lane)
  call('HDEL', p.c .. 'e:' .. h.name, padded)
  call('ZREM', p.c .. 'd' .. lane .. ':' .. h.name, padded)
  h.aside = h.aside - 1
  p.sums.due = p.sums.due - 1
end

local function append(p, h, band, text)
  p.sums['p' .. band] = p.sums['p' .. band] + 1
  return call('RPUSH', queue(p, h, band), text)
end

-- Moves entries whose time has come to the tails of their bands.
local function move_due(p, h)
  if h.aside == 0 then return end
  local due = {}
  for lane = 0, 1 do
    local some = call('ZRANGEBYSCORE', p.c .. 'd' .. lane .. ':' .. h.name, '-inf', us(p.now),
      'WITHSCORES', 'LIMIT', 0, DUE_MOVED_MAX)
    for i = 1, #some, 2 do
      due[#due + 1] = { x = some[i], at = tonumber(some[i + 1]), lane = lane }
    end
  end
  table.sort(due, function(a, b) return a.at < b.at or (a.at == b.at and a.x < b.x) end)
  for i = 1, math.min(#due, DUE_MOVED_MAX) do
    local x = due[i].x
    local value = call('HGET', p.c .. 'e:' .. h.name, x)
    drop_aside(p, h, x, due[i].lane)
    local band = string.sub(value, 1, 1)
    append(p, h, band, string.sub(value, 3))
    if band == '2' then mark(p, string.match(x, '^0*(%d+)$'), true) end
  end
end
