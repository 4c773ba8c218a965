-- Robots copies, `r:HOST`: by origin, each after the time at which it came. All crawls share them.

-- From `i`: the number, then HOST, PLACE, ORIGIN, COPY. `known` is a host that need not be made.
local function store_robots(p, args, i, known)
  local last = i + 4 * tonumber(args[i])
  for k = i + 1, last, 4 do
    if not known or known.name ~= args[k] then host(p, args[k], tonumber(args[k + 1])) end
    call('HSET', p.p .. 'r:' .. args[k], args[k + 2], us(p.now) .. ' ' .. args[k + 3])
  end
  return last + 1
end

-- ARGV: header, copies as above. Reply: stamp.
local function robots_put(keys, args)
  local p, refused = begin(keys, args)
  if not p then return refused end
  load_sums(p)
  store_robots(p, args, 2)
  save_sums(p)
  return { stamp(p) }
end
redis.register_function('nh1_robots_put', robots_put)

-- ARGV: header, HOST. Reply: stamp, origins and copies.
local function robots(keys, args)
  local p, refused = enter(keys, args)
  if not p then return refused end
  return { stamp(p), call('HGETALL', p.p .. 'r:' .. args[2]) }
end
redis.register_function { function_name = 'nh1_robots', callback = robots, flags = { 'no-writes' } }
