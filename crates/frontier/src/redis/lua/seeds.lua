-- Seeds: names in `seeds`; `sd` says when a seed was given and what it adds to the scope, `st` what
-- came of its last visit, `so:OUTLET` what is said about it. `v` of the outlet's account grows with
-- each change, so that who knows the terms of a version need not read them again.

local function seeds_changed(p, outlet)
  call('HINCRBY', p.c .. 'o:' .. outlet, 'v', 1)
  note_outlet(p, outlet)
end

-- ARGV: header, the number, then NAME, OUTLET, SPEC, MEMBER; then their entries as groups.
-- Reply: stamp, a letter a seed (A added, C changed, K known), codes of the entries.
local function seeds_add(keys, args)
  local p, refused = begin(keys, args)
  if not p then return refused end
  load_sums(p)
  local count = tonumber(args[2])
  local letters = {}
  for k = 3, 2 + 4 * count, 4 do
    local name, outlet, spec, member = args[k], args[k + 1], args[k + 2], args[k + 3]
    local key = p.c .. 'so:' .. outlet
    local old = call('HGET', key, name)
    if not old then
      call('ZADD', p.c .. 'seeds', 0, name)
      call('HSET', p.c .. 'sd', name, us(p.now) .. ' ' .. outlet .. ' ' .. member)
      letters[#letters + 1] = 'A'
    elseif old == spec then
      letters[#letters + 1] = 'K'
    else
      local given = string.match(call('HGET', p.c .. 'sd', name), '^%d+')
      call('HSET', p.c .. 'sd', name, given .. ' ' .. outlet .. ' ' .. member)
      letters[#letters + 1] = 'C'
    end
    if old ~= spec then
      call('HSET', key, name, spec)
      seeds_changed(p, outlet)
    end
  end
  local codes = take_in(p, args, 3 + 4 * count)
  save_sums(p)
  return { stamp(p), table.concat(letters), codes }
end
redis.register_function('nh1_seeds_add', seeds_add)

-- ARGV: header, the name after which to begin ('-' from the first), at most so many.
-- Reply: stamp, for each: name, when given, spec, when visited and state (or ''), the account,
-- what it adds to the scope (or '').
local function seeds(keys, args)
  local p, refused = enter(keys, args)
  if not p then return refused end
  local from = args[2] == '' and '-' or '(' .. args[2]
  local rows = {}
  for _, name in ipairs(call('ZRANGEBYLEX', p.c .. 'seeds', from, '+', 'LIMIT', 0, args[3])) do
    local kept = call('HGET', p.c .. 'sd', name)
    local given, outlet, member = string.match(kept, '^(%d+) (%S+) (.*)$')
    rows[#rows + 1] = {
      name, given, call('HGET', p.c .. 'so:' .. outlet, name),
      call('HGET', p.c .. 'st', name) or '',
      call('HGETALL', p.c .. 'o:' .. outlet), member,
    }
  end
  return { stamp(p), rows }
end
redis.register_function { function_name = 'nh1_seeds', callback = seeds, flags = { 'no-writes' } }

-- What is said about the seeds of an outlet. ARGV: header, OUTLET. Reply: stamp, version, names and
-- specs.
local function terms(keys, args)
  local p, refused = enter(keys, args)
  if not p then return refused end
  local version = call('HGET', p.c .. 'o:' .. args[2], 'v') or '0'
  return { stamp(p), version, call('HGETALL', p.c .. 'so:' .. args[2]) }
end
redis.register_function { function_name = 'nh1_terms', callback = terms, flags = { 'no-writes' } }

-- ARGV: header, NAME. Reply: stamp, 'N' where it is not kept; or 'R', its outlet, its member, how
-- many other seeds the outlet has.
local function seed_remove(keys, args)
  local p, refused = begin(keys, args)
  if not p then return refused end
  local kept = call('HGET', p.c .. 'sd', args[2])
  if not kept then return { stamp(p), 'N' } end
  local _, outlet, member = string.match(kept, '^(%d+) (%S+) (.*)$')
  call('ZREM', p.c .. 'seeds', args[2])
  call('HDEL', p.c .. 'sd', args[2])
  call('HDEL', p.c .. 'st', args[2])
  call('HDEL', p.c .. 'so:' .. outlet, args[2])
  seeds_changed(p, outlet)
  return { stamp(p), 'R', outlet, member, call('HLEN', p.c .. 'so:' .. outlet) }
end
redis.register_function('nh1_seed_remove', seed_remove)

-- How many seeds of this partition add a member to the scope: those of its outlet, at most all.
-- ARGV: header, OUTLET, MEMBER. Reply: stamp, number.
local function members(keys, args)
  local p, refused = enter(keys, args)
  if not p then return refused end
  local n = 0
  for _, name in ipairs(call('HKEYS', p.c .. 'so:' .. args[2])) do
    local member = string.match(call('HGET', p.c .. 'sd', name), '^%d+ %S+ (.*)$')
    if member == args[3] then n = n + 1 end
  end
  return { stamp(p), n }
end
redis.register_function {
  function_name = 'nh1_members', callback = members, flags = { 'no-writes' },
}
