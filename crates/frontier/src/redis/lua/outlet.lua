-- Outlets: how many of their hosts are leased, and hosts that wait for that.
--
-- `on` counts leased hosts by outlet, unhealed ones too, of all crawls. A host that was drawn while
-- its outlet had as many leases as it may have waits in `pkLANE:OUTLET` of its crawl, until a
-- lease of the outlet ends; the crawl's `pk` says which outlets have such hosts, the shared
-- `pk:OUTLET` in which crawls.

local function park_key(p, lane, outlet) return p.c .. 'pk' .. lane .. ':' .. outlet end

-- Lets up to `count` hosts of each lane go.
local function unpark(p, outlet, count)
  local let_go = 0
  for lane = 0, 1 do
    if p.sums['park' .. lane] > 0 then
      local popped = call('ZPOPMIN', park_key(p, lane, outlet), count or 1)
      for i = 1, #popped, 2 do
        call('ZADD', p.c .. 'l' .. lane, popped[i + 1], popped[i])
        let_go = let_go + 1
      end
      p.sums['park' .. lane] = p.sums['park' .. lane] - #popped / 2
    end
  end
  if let_go > 0
    and call('EXISTS', park_key(p, 0, outlet), park_key(p, 1, outlet)) == 0 then
    call('SREM', p.c .. 'pk', outlet)
    call('SREM', p.p .. 'pk:' .. outlet, p.crawl)
  end
  return let_go
end

local function park(p, lane, outlet, name, at)
  call('ZREM', p.c .. 'l' .. lane, name)
  if call('ZADD', park_key(p, lane, outlet), at, name) == 1 then
    p.sums['park' .. lane] = p.sums['park' .. lane] + 1
    call('SADD', p.c .. 'pk', outlet)
    call('SADD', p.p .. 'pk:' .. outlet, p.crawl)
    if p.state.parks ~= 1 then
      p.state.parks = 1
      save_state(p)
    end
  end
end

-- The same partition as another crawl sees it, with its sums; they are the caller's to save.
local function as_crawl(p, crawl)
  local other = { crawl = crawl, c = p.p .. 'c:' .. crawl .. ':' }
  setmetatable(other, { __index = p })
  load_sums(other)
  return other
end

-- The host is put into its lanes by the caller.
leave_park = function(p, h)
  local outlet = outlet_of(h.name, h.cut)
  for lane = 0, 1 do
    if p.sums['park' .. lane] > 0
      and call('ZREM', park_key(p, lane, outlet), h.name) == 1 then
      p.sums['park' .. lane] = p.sums['park' .. lane] - 1
    end
  end
end

local function lease_began(p, outlet) call('HINCRBY', p.p .. 'on', outlet, 1) end

local function lease_ended(p, outlet)
  if call('HINCRBY', p.p .. 'on', outlet, -1) <= 0 then call('HDEL', p.p .. 'on', outlet) end
  if p.state.parks ~= 1 then return end
  for _, crawl in ipairs(call('SMEMBERS', p.p .. 'pk:' .. outlet)) do
    if crawl == p.crawl then
      unpark(p, outlet)
    else
      local other = as_crawl(p, crawl)
      unpark(other, outlet)
      save_sums(other)
    end
  end
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

-- Hosts that one call lets go at most.
local OPENED_MAX = 1000

-- Hosts wait because of what lease functions were asked for: one that asks for more lets them go.
local function open_parks(p, max)
  if p.sums.park0 + p.sums.park1 == 0 then return end
  sweep(p)
  if max <= p.sums.parkmax then return end
  local left = OPENED_MAX
  for _, outlet in ipairs(call('SMEMBERS', p.c .. 'pk')) do
    if left <= 0 then return end
    left = left - unpark(p, outlet, left)
  end
end

-- Whether the outlet may have a lease of this host more.
local function has_room(p, h, outlet, max)
  local own = h.deadline and 1 or 0
  local function leased() return tonumber(call('HGET', p.p .. 'on', outlet) or 0) - own end
  if leased() < max then return true end
  sweep(p, outlet, h.name)
  return leased() < max
end
