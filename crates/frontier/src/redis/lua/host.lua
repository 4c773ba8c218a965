-- A host queue.
--
-- `h:HOST`, one MessagePack array, is shared by all crawls of this Redis: fence, deadline (0
-- without
-- a lease, -1 where it was given up for healed), ready at, worker, delay, state, length of what
-- stands before the outlet, end of the last hold, its share (`crawl::Share`), and by crawl: its
-- place in the bands' cycle, entries put aside, dead copies in the backfill list, what is in flight
-- by band, and how many live URLs each list has, those in flight counted.
--
-- PLACE of an argument is where a host stands: 512 times its share, and one more than what stands
-- before its outlet; nothing more where the name is an address.
--
-- What is in flight stays at the head of its list: a lease moves nothing, and what an abandoned
-- lease left is where it was. A URL that moved up from the backfill leaves a dead copy there, which
-- is dropped when its turn comes (`m:HOST` says of which paths how many there are).

local leave_park
local CYCLE = { 0, 1, 0, 1, 2 }
local DUE_MOVED_MAX = 256

local function load_host(p, name)
  local raw = call('GET', p.p .. 'h:' .. name)
  if not raw then return nil end
  local v = cmsgpack.unpack(raw)
  local q = v[9][p.crawl]
  local first = next(v[9])
  return {
    is_shared = first ~= nil and next(v[9], first) ~= nil,
    name = name, fence = v[1], deadline = v[2] > 0 and v[2] or nil, is_swept = v[2] < 0,
    ready = v[3], worker = v[4], delay = v[5], state = v[6], cut = v[7], held = v[8], crawls = v[9],
    share = v[10],
    is_known = q ~= nil, turn = q and q[1] or 0, aside = q and q[2] or 0, dead = q and q[3] or 0,
    flight = { [0] = q and q[4] or 0, q and q[5] or 0, q and q[6] or 0 },
    len = { [0] = q and q[7] or 0, q and q[8] or 0, q and q[9] or 0 },
    raw = raw,
  }
end

local function save_host(p, h)
  local f, len = h.flight, h.len
  -- A host that this crawl has not heard of stays unknown to it.
  if h.is_known then
    h.crawls[p.crawl] = { h.turn, h.aside, h.dead, f[0], f[1], f[2], len[0], len[1], len[2] }
  end
  local deadline = h.deadline or (h.is_swept and -1 or 0)
  local raw = cmsgpack.pack({
    h.fence, deadline, h.ready, h.worker, h.delay, h.state, h.cut, h.held, h.crawls, h.share,
  })
  if raw ~= h.raw then
    call('SET', p.p .. 'h:' .. h.name, raw)
    h.raw = raw
  end
end

-- When the last pause or block ends that is in force about a host; 0 where there is none.
local function held_until(p, name, outlet)
  if p.directives == 0 then return 0 end
  local v = call('HMGET', p.p .. 'x', 'pause ' .. name, 'block ' .. name, 'pause ' .. outlet,
    'block ' .. outlet)
  local held = 0
  for i = 1, 4 do
    local ends = v[i] and tonumber(string.match(v[i], '^%d+')) or 0
    if ends > p.now then held = math.max(held, ends) end
  end
  return held
end

-- A host that this crawl has heard of, or hears of now: it is ready at once.
local function host(p, name, place)
  local h = load_host(p, name)
  if h and h.is_known then return h end
  local cut, number = place % 512 - 1, math.floor(place / 512)
  if call('ZADD', p.c .. 'hosts', 'NX', 0, reversed(name, cut >= 0)) == 1 then
    p.sums.hosts = p.sums.hosts + 1
  end
  cut = math.max(cut, 0)
  call('SADD', p.p .. 'crawls', p.crawl)
  if not h then
    h = {
      name = name, fence = 0, ready = p.now, worker = '', delay = 0, state = '', cut = cut,
      share = number, held = held_until(p, name, outlet_of(name, cut)), crawls = {}, turn = 0,
      aside = 0, dead = 0,
      flight = { [0] = 0, 0, 0 }, len = { [0] = 0, 0, 0 },
    }
  end
  h.is_known = true
  save_host(p, h)
  return h
end

-- When a partition rests, hosts that rest longer than it does are not visited before their own
-- time.
put_off_slow = function(p, lease)
  for _, name in ipairs(call('SMEMBERS', p.p .. 'slow')) do
    local h = load_host(p, name)
    if h and h.delay > DELAY_MAX_US then
      h.ready = math.max(h.ready, p.now + lease + h.delay)
      save_host(p, h)
    else
      call('SREM', p.p .. 'slow', name)
    end
  end
end

local function queue(p, h, band) return p.c .. 'q' .. band .. ':' .. h.name end

local function first_due(p, h, lane)
  if h.aside == 0 then return nil end
  local first = call('ZRANGE', p.c .. 'd' .. lane .. ':' .. h.name, 0, 0, 'WITHSCORES')
  return first[2] and tonumber(first[2])
end

-- When the host is ready in a lane; nil when it has nothing there.
local function ready_in(p, h, lane)
  local n = lane == 0 and h.len[0] + h.len[1] or h.len[2]
  local ready = math.max(h.ready, h.held)
  if n > 0 then return ready end
  local due = first_due(p, h, lane)
  return due and math.max(ready, due)
end

-- Puts the host where it belongs in both lanes. `was` says of each lane whether the host may stand
-- there; nil where that is not known.
local function relane(p, h, was)
  if p.sums.park0 + p.sums.park1 > 0 then leave_park(p, h) end
  for lane = 0, 1 do
    local at = ready_in(p, h, lane)
    if at then
      -- A lease of another crawl may be settled long before it would heal.
      if h.is_shared and h.deadline and h.deadline > p.now then
        at = math.min(at, p.now + 1000000)
      end
      call('ZADD', p.c .. (lane == 0 and 'l0' or 'l1'), at, h.name)
    elseif not was or was[lane] then
      call('ZREM', p.c .. (lane == 0 and 'l0' or 'l1'), h.name)
    end
  end
end

-- In which lanes the host may stand.
local function lanes_of(h)
  local some = h.aside > 0
  return { [0] = some or h.len[0] + h.len[1] > 0, some or h.len[2] > 0 }
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

local function padded_of(x) return string.rep('0', 19 - #x) .. x end

local function put_aside(p, h, x, at, value)
  local lane = string.byte(value) == 50 and 1 or 0
  local padded = padded_of(x)
  if call('ZADD', p.c .. 'd' .. lane .. ':' .. h.name, at, padded) == 1 then
    h.aside = h.aside + 1
    p.sums.due = p.sums.due + 1
  end
  call('HSET', p.c .. 'e:' .. h.name, padded, value)
end

local function aside(p, h, x)
  if h.aside == 0 then return nil end
  local padded = padded_of(x)
  local value = call('HGET', p.c .. 'e:' .. h.name, padded)
  if not value then return nil end
  return value, padded, string.byte(value) == 50 and 1 or 0
end

local function drop_aside(p, h, padded, lane)
  call('HDEL', p.c .. 'e:' .. h.name, padded)
  call('ZREM', p.c .. 'd' .. lane .. ':' .. h.name, padded)
  h.aside = h.aside - 1
  p.sums.due = p.sums.due - 1
end

-- `band` is a number. Gives whether the host's lane may have changed by it.
local function append(p, h, band, text)
  local sum = 'p' .. band
  p.sums[sum] = p.sums[sum] + 1
  h.len[band] = h.len[band] + 1
  call('RPUSH', queue(p, h, band), text)
  return h.len[band] == 1
end

-- A list of which only dead copies are left is dropped with them.
local function bury(p, h)
  if h.dead > 0 and h.len[2] == 0 then
    call('DEL', queue(p, h, 2), p.c .. 'm:' .. h.name)
    h.dead = 0
  end
end

-- Moves entries whose time has come to the tails of their bands.
local function move_due(p, h)
  if h.aside == 0 then return end
  local due = {}
  for lane = 0, 1 do
    local some = call('ZRANGEBYSCORE', p.c .. 'd' .. lane .. ':' .. h.name, '-inf', p.now,
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
    local band = string.byte(value) - 48
    append(p, h, band, string.sub(value, 3))
    if band == 2 then mark(share(p, h.share), string.match(x, '^0*(%d+)$'), true) end
  end
end
