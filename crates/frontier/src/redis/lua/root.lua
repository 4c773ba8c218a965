-- What stands once, in partition 0: notes and scope of a crawl.

-- ARGV: header, ADD (1 or 0), members. Reply: stamp.
local function scope_change(keys, args)
  local p, refused = begin(keys, args)
  if not p then return refused end
  local word = args[2] == '1' and 'SADD' or 'SREM'
  local changed = 0
  for i = 3, #args do changed = changed + call(word, p.c .. 'scope', args[i]) end
  if changed > 0 then call('HINCRBY', p.c .. 'notes', '_scope', 1) end
  return { stamp(p) }
end
redis.register_function('nh1_scope_change', scope_change)

reader('nh1_scope', function(p) return { stamp(p), call('SMEMBERS', p.c .. 'scope') } end)

reader('nh1_note', function(p, args)
  return { stamp(p), call('HGET', p.c .. 'notes', '.' .. args[2]) }
end)

local function set_note(keys, args)
  local p, refused = begin(keys, args)
  if not p then return refused end
  call('HSET', p.c .. 'notes', '.' .. args[2], args[3])
  return { stamp(p) }
end
redis.register_function('nh1_set_note', set_note)
