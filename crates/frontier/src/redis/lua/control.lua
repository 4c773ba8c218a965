-- What operators command and see: directives, hosts, address tokens.
--
-- `x` has the directives about names of this partition, by `KIND NAME`: until, since, and the rest
-- as JSON. It is shared by all crawls, as politeness is.

-- For good, as a time.
local FOR_GOOD_US = 3162240000000000

-- The hosts of a name have a hold more or less: in every crawl they are put where they belong now.
local function resettle(p, about, is_name)
  for _, crawl in ipairs(call('SMEMBERS', p.p .. 'crawls')) do
    local other = as_crawl(p, crawl)
    for _, found in ipairs(hosts_of(other, about, is_name)) do
      local name = reversed(found, is_name)
      local h = load_host(other, name)
      local outlet = h and outlet_of(name, h.cut)
      if h and (name == about or outlet == about) then
        h.held = held_until(p, name, outlet)
        save_host(other, h)
        relane(other, h)
      end
    end
    save_sums(other)
  end
end

local function count_directives(p)
  local kept = 0
  local all = call('HGETALL', p.p .. 'x')
  for i = 1, #all, 2 do
    if tonumber(string.match(all[i + 1], '^%d+')) > p.now then
      kept = kept + 1
    else
      call('HDEL', p.p .. 'x', all[i])
    end
  end
  p.directives, p.state.directives = kept, kept
  save_state(p)
end

-- Whether a directive stays although another one of its kind is moved here: an override does, a
-- pause or block when it holds as long. No crawl that comes to a Redis takes back what holds there.
local function outlasts(p, kind, word, ends)
  local own = word and tonumber(string.match(word, '^%d+'))
  return own and own > p.now and (kind == 'override' or own >= ends)
end

-- ARGV: header, KIND, NAME, LASTS (-1 for good), AGE, REST, 1 where NAME is no address, 1 where it
-- was given elsewhere and is moved here. It lasts from when it was given, so long ago.
-- Reply: stamp, the directive that holds.
local function direct(keys, args)
  local p, refused = begin(keys, args)
  if not p then return refused end
  local lasts, since = tonumber(args[4]), math.max(0, p.now - tonumber(args[5]))
  local ends = since + (lasts < 0 and FOR_GOOD_US or lasts)
  local word = us(ends) .. ' ' .. us(since) .. ' ' .. (lasts < 0 and '1' or '0') .. ' ' .. args[6]
  local name = args[2] .. ' ' .. args[3]
  local old = args[8] == '1' and call('HGET', p.p .. 'x', name)
  if outlasts(p, args[2], old, ends) then return { stamp(p), old } end
  call('HSET', p.p .. 'x', name, word)
  count_directives(p)
  if args[2] ~= 'override' then resettle(p, args[3], args[7] == '1') end
  return { stamp(p), word }
end
redis.register_function('nh1_direct', direct)

-- ARGV: header, KIND, NAME, 1 where it is no address. Reply: stamp, directive where there was one.
local function lift(keys, args)
  local p, refused = begin(keys, args)
  if not p then return refused end
  local word = call('HGET', p.p .. 'x', args[2] .. ' ' .. args[3])
  if not word or tonumber(string.match(word, '^%d+')) <= p.now then return { stamp(p), false } end
  call('HDEL', p.p .. 'x', args[2] .. ' ' .. args[3])
  count_directives(p)
  if args[2] ~= 'override' then resettle(p, args[3], args[4] == '1') end
  return { stamp(p), word }
end
redis.register_function('nh1_lift', lift)

reader('nh1_directives', function(p) return { stamp(p), call('HVALS', p.p .. 'x') } end)

-- Names of hosts from one on. ARGV: header, AFTER, MAX. Reply: stamp, reversed names.
reader('nh1_hosts', function(p, args)
  local from = args[2] == '' and '-' or '(' .. args[2]
  return { stamp(p), call('ZRANGEBYLEX', p.c .. 'hosts', from, '+', 'LIMIT', 0, args[3]) }
end)

-- ARGV: header, HOST, OUTLET. Reply: stamp, or with fence, worker, deadline (or 0), free
-- at, delay, state, pending by band, in flight, due, first due (or -1), robots, directives.
reader('nh1_host', function(p, args)
  local name = args[2]
  local h = load_host(p, name)
  if not h or not h.is_known then return { stamp(p) } end
  local due
  for lane = 0, 1 do
    local at = first_due(p, h, lane)
    if at and (not due or at < due) then due = at end
  end
  local free = math.max(h.ready, h.held)
  return {
    stamp(p), h.fence, h.worker, h.deadline or 0, free, h.delay, h.state, h.len[0] - h.flight[0],
    h.len[1] - h.flight[1], h.len[2] - h.flight[2],
    h.flight[0] + h.flight[1] + h.flight[2], h.aside,
    due or -1,
    call('HGETALL', p.p .. 'r:' .. name), directives_about(p, name, args[3]),
  }
end)

-- Makes due what is put aside. ARGV: header, hosts. Reply: stamp, how many URLs had to wait.
local function requeue(keys, args)
  local p, refused = begin(keys, args)
  if not p then return refused end
  load_sums(p)
  local urls = 0
  for k = 3, 2 + tonumber(args[2]) do
    local h = load_host(p, args[k])
    if h then
      for lane = 0, 1 do
        local key = p.c .. 'd' .. lane .. ':' .. h.name
        for _, x in ipairs(call('ZRANGEBYSCORE', key, '(' .. us(p.now), '+inf')) do
          call('ZADD', key, p.now, x)
          urls = urls + 1
        end
      end
      relane(p, h)
    end
  end
  save_sums(p)
  return { stamp(p), urls }
end
redis.register_function('nh1_requeue', requeue)

local function is_listed(p, h, band, path)
  for _, text in ipairs(call('LRANGE', queue(p, h, band), 0, -1)) do
    if path_of(text) == path then return true end
  end
  return false
end

-- Offers a URL, also one that is settled. ARGV: header, one group with one entry.
-- Reply: stamp, its code.
local function revisit(keys, args)
  local p, refused = begin(keys, args)
  if not p then return refused end
  load_sums(p)
  local x, entry = args[6], args[7]
  local place = tonumber(args[4])
  local s = share(p, math.floor(place / 512))
  if known_as(seen_key(s, x), x) == 1 then
    local h = host(p, args[3], place)
    local band, text = string.sub(entry, 1, 1), string.sub(entry, 3)
    local path = path_of(text)
    if not aside(p, h, x) and not is_listed(p, h, 0, path) and not is_listed(p, h, 1, path) then
      append(p, h, tonumber(band), text)
      if band == '2' then mark(s, x, true) end
      save_host(p, h)
      relane(p, h)
      save_sums(p)
      return { stamp(p), '5' }
    end
  end
  local codes = take_in(p, args, 2)
  save_sums(p)
  return { stamp(p), codes }
end
redis.register_function('nh1_revisit', revisit)

-- Takes a token of an address group, or says until when all are out. ARGV: header, GROUP, TOKEN,
-- MAX, LASTS. Reply: stamp, -1; or when one is free at the latest.
local function take_address(keys, args)
  local p, refused = begin(keys, args)
  if not p then return refused end
  local key, ends = p.p .. 'a:' .. args[2], p.now + tonumber(args[5])
  call('ZREMRANGEBYSCORE', key, '-inf', p.now)
  local own = call('ZSCORE', key, args[3])
  local max = math.max(1, tonumber(args[4]))
  local out = call('ZCARD', key)
  if not own and out >= max then
    local free = call('ZRANGE', key, out - max, out - max, 'WITHSCORES')
    return { stamp(p), tonumber(free[2]) }
  end
  call('ZADD', key, math.max(ends, tonumber(own or 0)), args[3])
  local last = tonumber(call('ZRANGE', key, -1, -1, 'WITHSCORES')[2])
  call('PEXPIRE', key, math.ceil((last - p.now) / 1000) + 60000)
  return { stamp(p), -1 }
end
redis.register_function('nh1_take_address', take_address)

-- ARGV: header, TOKEN, groups. Reply: stamp.
local function free_addresses(keys, args)
  local p, refused = begin(keys, args)
  if not p then return refused end
  for i = 3, #args do call('ZREM', p.p .. 'a:' .. args[i], args[2]) end
  return { stamp(p) }
end
redis.register_function('nh1_free_addresses', free_addresses)
