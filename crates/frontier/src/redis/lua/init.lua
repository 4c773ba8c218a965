-- Makes a partition. ARGV: header. Reply: 'M' made, 'K' known; refuses another number of partitions.
local function init(keys, args)
  call = redis.call
  local _, partitions, _, _, handed = string.match(args[1], '^(%S+) (%d+) (%d+) (%d+) (%d+)$')
  local s = call('HMGET', keys[1], 'v', 'n')
  if s[1] then
    if s[1] ~= LAYOUT then
      return redis.error_reply('NHLAYOUT ' .. s[1] .. ' is the layout, not ' .. LAYOUT)
    end
    if s[2] ~= partitions then
      return redis.error_reply('NHPARTS ' .. s[2] .. ' partitions, not ' .. partitions)
    end
    return 'K'
  end
  call('HSET', keys[1], 'v', LAYOUT, 'n', partitions, 'run', process(), 'last', 0, 'off', 0, 'epoch',
    0, 'rest', 0, 'lmax', 0, 'dmax', 0)
  return 'M'
end
redis.register_function('nh1_init', init)
