-- The account of an outlet, `o:OUTLET`: sums by short names, as `crawl::Account` has them. `h3` is
-- the hour 3, `f3` the step 3 of the histogram; `v` is the version of the outlet's seeds.

local DAY_US = 86400000000

-- `outlets` has those of which something is kept, so that all of it can be found.
local function note_outlet(p, outlet) call('SADD', p.c .. 'outlets', outlet) end

-- A posting from `i`: the number of pairs, then NAME, AMOUNT. `sp` and `so` are of the day, `ln` is
-- a maximum, `sh` and `fe` may shrink, not below nothing.
local function post(p, args, i, outlet)
  local pairs_count = tonumber(args[i])
  local next_i = i + 1 + 2 * pairs_count
  if pairs_count == 0 then return next_i end
  local key = p.c .. 'o:' .. outlet
  local names = { 'day', 'si' }
  for k = i + 1, next_i - 2, 2 do names[#names + 1] = args[k] end
  local was = call('HMGET', key, unpack(names))
  local today, day = math.floor(p.now / DAY_US), tonumber(was[1] or 0)
  local set = {}
  local function put(name, value)
    set[#set + 1] = name
    set[#set + 1] = value
  end
  if not was[2] then
    put('si', p.now)
    note_outlet(p, outlet)
  end
  if today > day then put('day', today) end
  for n = 3, #names do
    local name, amount, old = names[n], tonumber(args[i + 2 * (n - 2)]), tonumber(was[n] or 0)
    if name == 'sp' or name == 'so' then
      if today > day then put(name, amount) elseif today == day then put(name, old + amount) end
    elseif name == 'ln' then
      if not was[n] or amount > old then put(name, amount) end
    else
      put(name, math.max(0, old + amount))
    end
  end
  if #set > 0 then call('HSET', key, unpack(set)) end
  return next_i
end

-- What came of seeds, from `i`: the number, then NAME, STATE. Names that are not kept are ignored.
local function note_seeds(p, args, i)
  local count = tonumber(args[i])
  for k = i + 1, i + 2 * count, 2 do
    if call('ZSCORE', p.c .. 'seeds', args[k]) then
      call('HSET', p.c .. 'st', args[k], us(p.now) .. ' ' .. args[k + 1])
    end
  end
  return i + 1 + 2 * count
end
