-- Leases. Both functions give {stamp, 'L', fields of the lease} or {stamp, reason, numbers}.

-- Hosts that one draw looks at. Those that are passed over are out of the way of the next one.
local CANDIDATES_MAX = 512

-- Dead copies at the head of the backfill list are dropped until `count` live URLs stand there.
local function clear_head(p, h, count)
  local key, moved = queue(p, h, 2), p.c .. 'm:' .. h.name
  local live = {}
  while h.dead > 0 and #live < count do
    local text = call('LPOP', key)
    if not text then break end
    local path = path_of(text)
    if tonumber(call('HGET', moved, path) or 0) > 0 then
      if call('HINCRBY', moved, path, -1) == 0 then call('HDEL', moved, path) end
      h.dead = h.dead - 1
    else
      live[#live + 1] = text
    end
  end
  for i = #live, 1, -1 do call('LPUSH', key, live[i]) end
end

-- Puts the next URLs in flight: their texts, each after its band, in the order of the turns.
local function take(p, h, max)
  local left = { [0] = h.len[0], h.len[1], h.len[2] }
  local turns, taken = {}, { [0] = 0, 0, 0 }
  while #turns < max and left[0] + left[1] + left[2] > 0 do
    local band = CYCLE[h.turn + 1]
    h.turn = (h.turn + 1) % 5
    if left[band] > 0 then
      left[band] = left[band] - 1
      taken[band] = taken[band] + 1
      turns[#turns + 1] = band
    end
  end
  local heads, texts, at = {}, {}, { [0] = 0, 0, 0 }
  if taken[2] > 0 and h.dead > 0 then clear_head(p, h, taken[2]) end
  for band = 0, 2 do
    if taken[band] > 0 then
      heads[band] = call('LRANGE', queue(p, h, band), 0, taken[band] - 1)
      p.sums['p' .. band] = p.sums['p' .. band] - taken[band]
    end
  end
  for i, band in ipairs(turns) do
    at[band] = at[band] + 1
    texts[i] = band .. heads[band][at[band]]
  end
  h.flight = taken
  p.sums.flight = p.sums.flight + #texts
  return texts
end

-- What an abandoned lease left in flight waits again: it is at the head of its lists.
local function land(p, h)
  for band = 0, 2 do
    p.sums['p' .. band] = p.sums['p' .. band] + h.flight[band]
    p.sums.flight = p.sums.flight - h.flight[band]
    h.flight[band] = 0
  end
end

local function directives_about(p, name, outlet)
  if p.directives == 0 then return {} end
  local v = call('HMGET', p.p .. 'x', 'block ' .. name, 'override ' .. name, 'pause ' .. name,
    'block ' .. outlet, 'override ' .. outlet, 'pause ' .. outlet)
  local found = {}
  for i = 1, (name == outlet) and 3 or 6 do
    if v[i] and tonumber(string.match(v[i], '^%d+')) > p.now then found[#found + 1] = v[i] end
  end
  return found
end

-- The fence grows by one, and leaves behind all fences that were given before the last rest: of
-- those that a lost tail held, nothing is known.
local function next_fence(p, h)
  return math.max(h.fence, p.state.epoch) + 1
end

local function lease_now(p, h, lane, ask)
  local outlet, was = outlet_of(h.name, h.cut), lanes_of(h)
  land(p, h)
  move_due(p, h)
  if h.fence == 0 then h.delay = ask.first_delay end
  if not h.deadline then lease_began(p, outlet) end
  h.fence = next_fence(p, h)
  h.deadline = p.now + ask.lasts
  h.ready = h.deadline + h.delay
  h.worker = ask.worker
  local texts = take(p, h, ask.max)
  save_host(p, h)
  call('ZADD', p.p .. 'lease', h.deadline, h.name)
  relane(p, h, was)
  note_longest(p, ask.lasts, h.delay, h.name)
  return {
    stamp(p), 'L', h.name, h.fence, h.deadline, h.delay, h.state, lane, texts,
    call('HGETALL', p.p .. 'r:' .. h.name), call('HGETALL', p.c .. 'o:' .. outlet),
    directives_about(p, h.name, outlet),
  }
end

-- The host of a lane that has been ready longest, and may be leased. What stands in a lane wrongly,
-- because another crawl has leased the host, is put right on the way.
local function draw(p, lane, ask)
  local key = p.c .. 'l' .. lane
  for _ = 1, CANDIDATES_MAX do
    local first = call('ZRANGE', key, 0, 0, 'WITHSCORES')
    if not first[1] or tonumber(first[2]) > p.now then return nil end
    local h = load_host(p, first[1])
    local at = h and ready_in(p, h, lane)
    local outlet = h and outlet_of(h.name, h.cut)
    if not at then
      call('ZREM', key, first[1])
    elseif at > p.now then
      -- A crawl that has leased it may settle long before it would heal.
      if h.deadline and h.deadline > p.now then at = math.min(at, p.now + 1000000) end
      call('ZADD', key, at, first[1])
      -- It was let go for a place that another may take now.
      if p.sums.park0 + p.sums.park1 > 0 then unpark(p, outlet) end
    elseif not has_room(p, h, outlet, ask.outlet_max) then
      local is_first = p.sums.park0 + p.sums.park1 == 0
      p.sums.parkmax = is_first and ask.outlet_max or math.min(ask.outlet_max, p.sums.parkmax)
      park(p, lane, outlet, h.name, at)
    else
      return h
    end
  end
  p.is_cut = true
end

local function read_ask(args, i)
  return {
    worker = args[i], lasts = tonumber(args[i + 1]), first_delay = tonumber(args[i + 2]),
    max = tonumber(args[i + 3]), outlet_max = math.max(1, tonumber(args[i + 4])),
  }
end

-- Until the earliest host is ready, -1 when none has anything; leases in force.
local function idle(p)
  local first
  for lane = 0, 1 do
    local v = call('ZRANGE', p.c .. 'l' .. lane, 0, 0, 'WITHSCORES')
    if v[2] and (not first or tonumber(v[2]) < first) then first = tonumber(v[2]) end
  end
  if p.is_cut then return 0, call('ZCARD', p.p .. 'lease') end
  local is_parked = p.sums.park0 + p.sums.park1 > 0
  if p.rest > p.now then
    if first or is_parked then first = math.max(first or 0, p.rest) end
  elseif is_parked or (first and first <= p.now) then
    -- Who is ready all the same was passed over because of the outlet: in a second it may be free.
    if not first or first <= p.now then first = math.huge end
    first = math.min(first, p.now + 1000000)
  end
  local leased = call('ZCOUNT', p.p .. 'lease', '(' .. us(p.now), '+inf')
  return first and math.max(0, first - p.now) or -1, leased
end

-- ARGV: header, WORKER, LASTS, FIRST_DELAY, MAX, OUTLET_MAX.
local function lease(keys, args)
  local p, refused = begin(keys, args)
  if not p then return refused end
  load_sums(p)
  local ask = read_ask(args, 2)
  allow_for(p, ask.lasts, ask.first_delay)
  if p.rest <= p.now then
    open_parks(p, ask.outlet_max)
    local first = p.sums.drawn % 4 == 3 and 1 or 0
    for _, lane in ipairs({ first, 1 - first }) do
      local h = draw(p, lane, ask)
      if h then
        p.sums.drawn = p.sums.drawn + 1
        local reply = lease_now(p, h, lane, ask)
        save_sums(p)
        return reply
      end
    end
  end
  save_sums(p)
  local ready_in_us, leased = idle(p)
  return { stamp(p), 'N', ready_in_us, leased }
end
redis.register_function('nh1_lease', lease)

-- ARGV: header, HOST, PLACE, then as above.
local function lease_host(keys, args)
  local p, refused = begin(keys, args)
  if not p then return refused end
  load_sums(p)
  local ask = read_ask(args, 4)
  allow_for(p, ask.lasts, ask.first_delay)
  local h = host(p, args[2], tonumber(args[3]))
  local free = math.max(h.ready, h.held, p.rest)
  if free > p.now then
    save_sums(p)
    return { stamp(p), 'B', free - p.now }
  end
  if not has_room(p, h, outlet_of(h.name, h.cut), ask.outlet_max) then
    save_sums(p)
    return { stamp(p), 'B', 1000000 }
  end
  local lane = ready_in(p, h, 0) and 0 or 1
  local reply = lease_now(p, h, lane, ask)
  save_sums(p)
  return reply
end
redis.register_function('nh1_lease_host', lease_host)

-- A lease that is in force; `load_host` knows it.
local function held(p, name, fence)
  local h = load_host(p, name)
  if h and h.fence == tonumber(fence) and h.deadline and p.now < h.deadline then return h end
  return nil, h
end

-- ARGV: header, HOST, FENCE, LASTS, DELAY, STATE, robots. Reply: stamp, 'E', deadline; or 'S',
-- stale.
local function extend(keys, args)
  local p, refused = begin(keys, args)
  if not p then return refused end
  local h = held(p, args[2], args[3])
  if not h then return { stamp(p), 'S' } end
  load_sums(p)
  local lasts, delay = tonumber(args[4]), tonumber(args[5])
  h.deadline = p.now + lasts
  h.ready = h.deadline + delay
  h.delay, h.state = delay, args[6]
  save_host(p, h)
  call('ZADD', p.p .. 'lease', h.deadline, h.name)
  relane(p, h, lanes_of(h))
  note_longest(p, lasts, delay, h.name)
  store_robots(p, args, 7, h)
  save_sums(p)
  return { stamp(p), 'E', h.deadline }
end
redis.register_function('nh1_extend', extend)
