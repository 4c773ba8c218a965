-- Offers URLs. ARGV: header, groups as `take_in` reads them. Reply: stamp, codes.
local function enqueue(keys, args)
  local p, refused = begin(keys, args)
  if not p then return refused end
  load_sums(p)
  local codes = take_in(p, args, 2)
  save_sums(p)
  return { stamp(p), codes }
end
redis.register_function('nh1_enqueue', enqueue)
