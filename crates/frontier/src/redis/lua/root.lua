-- What stands once, in partition 0: notes and scope of a crawl.

-- ARGV: header, ADD (1 or 0), members. Reply: stamp.
local function scope_change(keys, args)
  local p, refused = begin(keys, args)
  if not p then return refused end
  local word = args[2] == '1' and 'SADD' or 'SREM'
  local changed = 0
  for i = 3, #args do changed = changed + call(word, p.c .. 'scope', args[i]) end
  if changed > 0 then call('HINCRBY', p.c .. 'notes', '_scope', changed) end
  return { stamp(p) }
end
redis.register_function('nh1_scope_change', scope_change)

reader('nh1_scope', function(p) return { stamp(p), call('SMEMBERS', p.c .. 'scope') } end)

reader('nh1_note', function(p, args)
  return { stamp(p), call('HGET', p.c .. 'notes', '.' .. args[2]) }
end)

local function set_note(keys, args)
  local p, refused = begin(keys, args, true)
  if not p then return refused end
  call('HSET', p.c .. 'notes', '.' .. args[2], args[3])
  return { stamp(p) }
end
redis.register_function('nh1_set_note', set_note)

local function changes(p)
  local directives = call('GET', p.p .. 'changes') or '0'
  return { stamp(p), directives, call('HGET', p.c .. 'notes', '_scope') or '0' }
end

-- Reply: stamp, changes of directives, changes of the scope.
reader('nh1_changes', changes)

-- A worker lives. ARGV: header, NAME, BEAT. Reply: stamp, changes of directives, changes of the
-- scope.
local function beat(keys, args)
  local p, refused = begin(keys, args, true)
  if not p then return refused end
  call('HSET', p.c .. 'workers', args[2], us(p.now) .. ' ' .. args[3])
  return changes(p)
end
redis.register_function('nh1_beat', beat)

-- Reply: stamp, names and beats after the times at which they came.
reader('nh1_workers', function(p) return { stamp(p), call('HGETALL', p.c .. 'workers') } end)

-- Forgets workers. ARGV: header, names.
local function forget_workers(keys, args)
  local p, refused = begin(keys, args, true)
  if not p then return refused end
  for i = 2, #args do call('HDEL', p.c .. 'workers', args[i]) end
  return { stamp(p) }
end
redis.register_function('nh1_forget_workers', forget_workers)

-- A directive has been changed somewhere. ARGV: header.
local function changed(keys, args)
  local p, refused = begin(keys, args)
  if not p then return refused end
  return { stamp(p), call('INCR', p.p .. 'changes') }
end
redis.register_function('nh1_changed', changed)
