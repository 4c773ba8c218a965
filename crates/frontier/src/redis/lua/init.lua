-- Makes a partition. ARGV: header. Reply: 'M' made, 'K' known; refuses another number of
-- partitions.
local function init(keys, args)
  call = redis.call
  local partitions = string.match(args[1], '^%S+ (%d+) ')
  local s = load_state(keys[1])
  if s then
    local no = refused(s, partitions)
    return no and redis.error_reply(no) or 'K'
  end
  local made = {
    layout = LAYOUT, partitions = tonumber(partitions), run = process(), last = 0, offset = 0,
    epoch = 0, rest = 0, lmax = 0, dmax = 0, sealed = 0, directives = 0, why = '', since = 0,
    parks = 0,
  }
  save_state({ key = keys[1], state = made })
  return 'M'
end
redis.register_function('nh1_init', init)

-- The state of a partition as it is kept, for whoever looks into it. Reply: names and values.
redis.register_function {
  function_name = 'nh1_state', flags = { 'no-writes' },
  callback = function(keys)
    call = redis.call
    local s, reply = load_state(keys[1]) or {}, {}
    for _, name in ipairs(STATE) do
      reply[#reply + 1] = name
      local value = s[name] or ''
      reply[#reply + 1] = type(value) == 'table' and 1 or value
    end
    return reply
  end,
}
