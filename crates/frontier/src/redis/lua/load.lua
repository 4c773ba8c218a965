-- Takes in what a dump holds. What is there already stays.

-- A host that was leased here stays as it was learnt here, but for a longer delay: fences of two
-- frontiers do not tell who has learnt later. The fence of a lease in force stays as well, or its
-- holder would be turned away.
local function join_host(p, h, fence, delay, state)
  if h.fence == 0 then
    if fence > 0 then h.fence, h.delay, h.state = fence, delay, state end
    return
  end
  h.delay = math.max(h.delay, delay)
  if h.deadline and h.deadline > p.now then
    h.ready = math.max(h.ready, h.deadline + h.delay)
  else
    h.fence = math.max(h.fence, fence)
  end
end

-- ARGV: header, then HOST, PLACE, FENCE, IN, DELAY, STATE, TURN for each. Reply: stamp.
local function load_hosts(keys, args)
  local p, refused = begin(keys, args)
  if not p then return refused end
  load_sums(p)
  for k = 2, #args, 7 do
    local old = load_host(p, args[k])
    local h = host(p, args[k], tonumber(args[k + 1]))
    local ready = math.max(0, p.now + tonumber(args[k + 3]))
    h.ready = old and math.max(h.ready, ready) or ready
    if h.fence == 0 or not old.is_known then h.turn = args[k + 6] % 5 end
    join_host(p, h, tonumber(args[k + 2]), tonumber(args[k + 4]), args[k + 5])
    save_host(p, h)
    relane(p, h)
    note_longest(p, 0, h.delay, h.name)
  end
  save_sums(p)
  return { stamp(p) }
end
redis.register_function('nh1_load_hosts', load_hosts)

local function time_before(p, age) return us(math.max(0, p.now - tonumber(age))) end

-- ARGV: header, then HOST, PLACE, ORIGIN, COPY, AGE for each. Of two copies the newer one counts.
-- Reply: stamp.
local function load_robots(keys, args)
  local p, refused = begin(keys, args)
  if not p then return refused end
  load_sums(p)
  for k = 2, #args, 5 do
    host(p, args[k], tonumber(args[k + 1]))
    local key, at = p.p .. 'r:' .. args[k], time_before(p, args[k + 4])
    local old = call('HGET', key, args[k + 2])
    if not old or tonumber(string.match(old, '^%d+')) <= tonumber(at) then
      call('HSET', key, args[k + 2], at .. ' ' .. args[k + 3])
    end
  end
  save_sums(p)
  return { stamp(p) }
end
redis.register_function('nh1_load_robots', load_robots)

-- ARGV: header, then NAME, OUTLET, SPEC, MEMBER, AGE, STATE (or ''), AGE for each. Reply: stamp.
local function load_seeds(keys, args)
  local p, refused = begin(keys, args)
  if not p then return refused end
  for k = 2, #args, 7 do
    local name, outlet, spec = args[k], args[k + 1], args[k + 2]
    call('ZADD', p.c .. 'seeds', 0, name)
    local given = time_before(p, args[k + 4])
    call('HSET', p.c .. 'sd', name, given .. ' ' .. outlet .. ' ' .. args[k + 3])
    if args[k + 5] ~= '' then
      call('HSET', p.c .. 'st', name, time_before(p, args[k + 6]) .. ' ' .. args[k + 5])
    end
    if call('HGET', p.c .. 'so:' .. outlet, name) ~= spec then
      call('HSET', p.c .. 'so:' .. outlet, name, spec)
      seeds_changed(p, outlet)
    end
  end
  return { stamp(p) }
end
redis.register_function('nh1_load_seeds', load_seeds)

-- ARGV: header, OUTLET, then names and sums of its account. Reply: stamp.
local function load_account(keys, args)
  local p, refused = begin(keys, args)
  if not p then return refused end
  for k = 3, #args, 2 do call('HSET', p.c .. 'o:' .. args[2], args[k], args[k + 1]) end
  return { stamp(p) }
end
redis.register_function('nh1_load_account', load_account)

-- Puts URLs aside that are not known. ARGV: header, then HOST, PLACE, FINGERPRINT, IN, VALUE for
-- each. Reply: stamp.
local function load_due(keys, args)
  local p, refused = begin(keys, args)
  if not p then return refused end
  load_sums(p)
  local h
  local function done()
    save_host(p, h)
    relane(p, h)
  end
  for k = 2, #args, 5 do
    if h and h.name ~= args[k] then done() end
    if not h or h.name ~= args[k] then h = host(p, args[k], tonumber(args[k + 1])) end
    local x, s = args[k + 2], share(p, h.share)
    local key = seen_key(s, x)
    if not known_as(key, x) then
      remember(p, s, key, x, false)
      put_aside(p, h, x, math.max(0, p.now + tonumber(args[k + 3])), args[k + 4])
    end
  end
  if h then done() end
  save_sums(p)
  return { stamp(p) }
end
redis.register_function('nh1_load_due', load_due)

-- Takes URLs for known. ARGV: header, SHARE, fingerprints. Reply: stamp.
local function load_seen(keys, args)
  local p, refused = begin(keys, args)
  if not p then return refused end
  load_sums(p)
  local s = share(p, tonumber(args[2]))
  for k = 3, #args do
    local key = seen_key(s, args[k])
    if not known_as(key, args[k]) then remember(p, s, key, args[k], false) end
  end
  save_sums(p)
  return { stamp(p) }
end
redis.register_function('nh1_load_seen', load_seen)
