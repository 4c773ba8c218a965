-- Outlets: how many of their hosts are leased, and hosts that wait for that.
--
-- `on` counts leased hosts by outlet, unhealed ones too. A host that was drawn while its outlet had
-- as many leases as it may have waits in `pkLANE:OUTLET`, until a lease of the outlet ends.

local function unpark(p, outlet)
  for lane = 0, 1 do
    if p.sums['park' .. lane] > 0 then
      local first = call('ZPOPMIN', p.c .. 'pk' .. lane .. ':' .. outlet)
      if first[1] then
        call('ZADD', p.c .. 'l' .. lane, first[2], first[1])
        p.sums['park' .. lane] = p.sums['park' .. lane] - 1
      end
    end
  end
end

local function park(p, lane, outlet, name, at)
  call('ZREM', p.c .. 'l' .. lane, name)
  if call('ZADD', p.c .. 'pk' .. lane .. ':' .. outlet, us(at), name) == 1 then
    p.sums['park' .. lane] = p.sums['park' .. lane] + 1
  end
end

local function lease_began(p, outlet) call('HINCRBY', p.p .. 'on', outlet, 1) end

local function lease_ended(p, outlet)
  if call('HINCRBY', p.p .. 'on', outlet, -1) <= 0 then call('HDEL', p.p .. 'on', outlet) end
  unpark(p, outlet)
end

-- Forgets leases of an outlet that nobody settled, and that have healed.
local function sweep(p, outlet)
  for _, name in ipairs(call('ZRANGEBYSCORE', p.p .. 'lease', '-inf', us(p.now))) do
    local v = call('HMGET', p.p .. 'h:' .. name, 'r', 'o')
    if outlet_of(name, v[2]) == outlet and tonumber(v[1]) <= p.now then
      call('ZREM', p.p .. 'lease', name)
      call('HDEL', p.p .. 'h:' .. name, 'd')
      lease_ended(p, outlet)
    end
  end
end

-- Whether the outlet may have one lease more.
local function has_room(p, outlet, max)
  local leased = tonumber(call('HGET', p.p .. 'on', outlet) or 0)
  if leased < max then return true end
  sweep(p, outlet)
  return tonumber(call('HGET', p.p .. 'on', outlet) or 0) < max
end
