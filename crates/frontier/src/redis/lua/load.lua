-- Takes in what a dump holds. What is there already stays.

-- ARGV: header, then HOST, PLACE, FENCE, IN, DELAY, STATE, TURN for each. Reply: stamp.
local function load_hosts(keys, args)
  local p, refused = begin(keys, args)
  if not p then return refused end
  load_sums(p)
  for k = 2, #args, 7 do
    local is_known = load_host(p, args[k]) ~= nil
    local h = host(p, args[k], tonumber(args[k + 1]))
    local fence, ready = tonumber(args[k + 2]), math.max(0, p.now + tonumber(args[k + 3]))
    h.ready = is_known and math.max(h.ready, ready) or ready
    if fence > h.fence then
      h.fence, h.delay, h.state = fence, tonumber(args[k + 4]), args[k + 5]
      h.turn = args[k + 6] % 5
    end
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
  note_outlet(p, args[2])
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
