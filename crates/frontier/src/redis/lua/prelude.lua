-- What every function needs: the names of keys, the partition's clock, checks.
--
-- KEYS[1] is the state key of a partition, `nh:{pN}:state`; all other keys are made from it and lie
-- in the same slot. ARGV[1] is the header: `CRAWL PARTITIONS EXPECTED EPOCH TIME`.
-- Times are microseconds since 1970 of the partition's clock, which never goes back.

-- Set at the first call: while a library loads, there is no `redis.call`.
local call
local REVISION = 3
local LAYOUT = 2

-- More than this may lie between two calls, or between what the caller reckons and the clock,
-- before the clock counts as stepped.
local GAP_US = 5000000
local STEP_US = 100000

-- A longer delay of one host does not make its partition rest longer.
local DELAY_MAX_US = 600000000

-- The Redis process that runs this library, asked at the first call: a restarted or promoted server
-- is another one.
local run_id
-- The latest time that this process has shown, by state key.
local latest = {}

local function us(n) return string.format('%.0f', n) end

local function server_time()
  local t = call('TIME')
  return t[1] * 1000000 + t[2]
end
--@CLOCK@--

local function process()
  if not run_id then
    run_id = string.match(call('INFO', 'server'), 'run_id:(%x+)')
  end
  return run_id
end

-- A partition's state is one MessagePack array, so that a call reads and writes it at once.
local STATE = {
  'layout', 'partitions', 'run', 'last', 'offset', 'epoch', 'rest', 'lmax', 'dmax', 'sealed',
  'directives', 'why', 'since', 'parks',
}

local function save_state(p)
  local s, values = p.state, {}
  for i, name in ipairs(STATE) do values[i] = s[name] end
  call('SET', p.key, cmsgpack.pack(values))
end

local function load_state(key)
  local raw = call('GET', key)
  if not raw then return nil end
  local values, s = cmsgpack.unpack(raw), {}
  for i, name in ipairs(STATE) do s[name] = values[i] end
  return s
end

local function refused(s, partitions)
  if not s then return 'NHINIT the partition is not initialised' end
  if s.layout ~= LAYOUT then return 'NHLAYOUT ' .. s.layout .. ' is the layout, not ' .. LAYOUT end
  if s.partitions ~= tonumber(partitions) then
    return 'NHPARTS ' .. s.partitions .. ' partitions, not ' .. partitions
  end
end

-- The state of the partition, the time, and the names of keys. `writes` is false in functions that
-- may run on a replica: they look, and store nothing.
local function enter(keys, args, writes)
  call = redis.call
  local crawl, partitions, expected, epoch, handed =
    string.match(args[1], '^(%S+) (%d+) (%d+) (%d+) (%d+)$')
  if not crawl then return nil, redis.error_reply('NHARGS the header cannot be read') end
  local key = keys[1]
  local s = load_state(key)
  local no = refused(s, partitions)
  if no then return nil, redis.error_reply(no) end
  local prefix = string.sub(key, 1, -6)
  local p = {
    key = key, p = prefix, c = prefix .. 'c:' .. crawl .. ':', crawl = crawl, state = s,
    rest = s.rest, directives = s.directives,
  }
  local last = math.max(s.last, latest[key] or 0)
  local now = server_time(tonumber(handed)) + s.offset
  local is_back = now < last
  if is_back then
    s.offset = s.offset + last - now
    now = last
  end
  p.now, p.looks = now, not writes
  if not writes then return p end
  local is_other = s.run ~= process()
  p.told = tonumber(epoch)
  local reckons = expected ~= '0' and p.told == s.epoch
  if reckons and now - tonumber(expected) > STEP_US and not is_other then
    return nil, redis.error_reply('NHCLOCK the clock is ahead of what the caller reckons')
  end
  if is_other then
    p.rests = 'process'
  elseif p.told > s.epoch then
    -- The caller has seen this partition further than it is: an old master is back.
    p.rests = 'behind'
  elseif not reckons and s.last > 0 and now - last > GAP_US then
    p.rests = 'gap'
  end
  latest[key] = now
  if is_back or now - s.last > 100000 then
    s.last = now
    save_state(p)
  end
  return p
end

local put_off_slow

-- A partition that cannot know what was given out since it last looked rests: for the longest lease
-- and the longest delay it held. After a gap without any lease the delay alone counts.
--
-- Fences go on from the epoch. It is a time, so that it differs from any that a lost tail has come
-- to, and is larger; above what a caller has seen it stays clear of the fences that followed that.
local function rest(p, why)
  local s, lease = p.state, p.state.lmax
  local has_leases = why ~= 'gap' or call('ZCARD', p.p .. 'lease') > 0
  if not has_leases then lease = 0 end
  local above = p.told > s.epoch and p.told + 4294967296 or 0
  s.epoch = math.max(s.epoch + 1, p.now, above)
  s.rest = math.max(s.rest, p.now + lease + s.dmax)
  s.run, s.why, s.last = process(), why, p.now
  if has_leases then s.since = p.now end
  p.rest = s.rest
  save_state(p)
  put_off_slow(p, lease)
end

-- Leases of this length are given. When the partition rested it may not have known: the call that
-- first asked for so much may be among those that were lost.
local function allow_for(p, lasts, delay)
  local s = p.state
  if lasts <= s.lmax then return end
  s.lmax = lasts
  local ends = s.since + lasts + math.max(s.dmax, delay)
  if s.since > 0 and ends > s.rest then
    s.rest, p.rest = ends, ends
  end
  save_state(p)
end

-- The longest lease and the longest delay are what a rest goes by. Hosts with a delay beyond reason
-- are seen to one by one, lest all others wait as long.
local function note_longest(p, lease, delay, name)
  local s = p.state
  if delay > DELAY_MAX_US then
    call('SADD', p.p .. 'slow', name)
    delay = DELAY_MAX_US
  end
  if lease > s.lmax or delay > s.dmax then
    s.lmax, s.dmax = math.max(lease, s.lmax), math.max(delay, s.dmax)
    save_state(p)
  end
end

-- The seal of the crawl here, while it lasts: its end, and who has set it. `sealed` of the state
-- holds them by crawl; it is 0 where there are none.
local function seal_of(p)
  local seals = p.state.sealed
  local seal = type(seals) == 'table' and seals[p.crawl]
  return seal and seal[1] > p.now and seal or nil
end

-- `enter` for functions that write. What a dump holds nothing of may be changed all the same while
-- the crawl is sealed.
local function begin(keys, args, is_apart)
  local p, no = enter(keys, args, true)
  if not p then return nil, no end
  if p.rests then rest(p, p.rests) end
  if not is_apart and seal_of(p) then
    return nil, redis.error_reply('NHSEALED the crawl is sealed here')
  end
  return p
end

-- The head of every reply: the time, the epoch, and whether the function only looked: then the
-- clock was not checked.
local function stamp(p) return { p.now, p.state.epoch, p.looks and 1 or 0 } end

local function outlet_of(host, cut)
  return string.sub(host, 1 + (tonumber(cut) or 0))
end

-- Domain labels from the last to the first, so that the hosts of an outlet stand together.
local function reversed(host, is_name)
  if not is_name then return host end
  local labels = {}
  for label in string.gmatch(host, '[^.]+') do table.insert(labels, 1, label) end
  return table.concat(labels, '.')
end
