-- Outlets: how many of their hosts are leased, and hosts that wait for that.
--
-- `on` counts leased hosts by outlet, unhealed ones too. A host that was drawn while its outlet had
-- as many leases as it may have waits in `pkLANE:OUTLET`, until a lease of the outlet ends; `pk`
-- says which outlets have such hosts.

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
  if call('ZADD', p.c .. 'pk' .. lane .. ':' .. outlet, at, name) == 1 then
    p.sums['park' .. lane] = p.sums['park' .. lane] + 1
    call('SADD', p.c .. 'pk', outlet)
  end
end

-- The host is put into its lanes by the caller.
leave_park = function(p, h)
  local outlet = outlet_of(h.name, h.cut)
  for lane = 0, 1 do
    if p.sums['park' .. lane] > 0
      and call('ZREM', p.c .. 'pk' .. lane .. ':' .. outlet, h.name) == 1 then
      p.sums['park' .. lane] = p.sums['park' .. lane] - 1
    end
  end
end

local function lease_began(p, outlet) call('HINCRBY', p.p .. 'on', outlet, 1) end

local function lease_ended(p, outlet)
  if call('HINCRBY', p.p .. 'on', outlet, -1) <= 0 then call('HDEL', p.p .. 'on', outlet) end
  unpark(p, outlet)
end

-- Forgets leases that nobody settled, and that have healed: all, or those of an outlet.
local function sweep(p, outlet, but)
  for _, name in ipairs(call('ZRANGEBYSCORE', p.p .. 'lease', '-inf', p.now)) do
    local h = name ~= but and load_host(p, name)
    local its = h and outlet_of(name, h.cut)
    if h and (not outlet or its == outlet) and h.ready <= p.now then
      call('ZREM', p.p .. 'lease', name)
      h.deadline, h.is_swept = nil, true
      save_host(p, h)
      lease_ended(p, its)
    end
  end
end

-- Hosts wait because of what lease functions were asked for: one that asks for more lets them go.
local function open_parks(p, max)
  if p.sums.park0 + p.sums.park1 == 0 then return end
  sweep(p)
  if max <= p.sums.parkmax then return end
  for _, outlet in ipairs(call('SMEMBERS', p.c .. 'pk')) do
    local most = math.max(p.sums.park0, p.sums.park1)
    for _ = 1, most do unpark(p, outlet) end
  end
  call('DEL', p.c .. 'pk')
end

-- Whether the outlet may have a lease of this host more.
local function has_room(p, h, outlet, max)
  local own = h.deadline and 1 or 0
  local function leased() return tonumber(call('HGET', p.p .. 'on', outlet) or 0) - own end
  if leased() < max then return true end
  sweep(p, outlet, h.name)
  return leased() < max
end
