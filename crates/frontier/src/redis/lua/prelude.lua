-- What every function needs: the names of keys, the partition's clock, checks.
--
-- KEYS[1] is the state key of a partition, `nh:{pN}:state`; all other keys are made from it and lie
-- in the same slot. ARGV[1] is the header: `CRAWL PARTITIONS EXPECTED EPOCH TIME`.
-- Times are microseconds since 1970 of the partition's clock, which never goes back.

-- Set at the first call: while a library loads, there is no `redis.call`.
local call
local REVISION = 1
local LAYOUT = '1'

-- More than this may lie between two calls, or between what the caller reckons and the clock,
-- before the clock counts as stepped.
local GAP_US = 5000000
local STEP_US = 100000

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

-- The state of the partition, the time, and the names of keys. `writes` is false in functions that
-- may run on a replica: they look, and store nothing.
local function enter(keys, args, writes)
  call = redis.call
  local crawl, partitions, expected, epoch, handed =
    string.match(args[1], '^(%S+) (%d+) (%d+) (%d+) (%d+)$')
  if not crawl then return nil, redis.error_reply('NHARGS the header cannot be read') end
  local key = keys[1]
  local s = call('HMGET', key, 'v', 'n', 'run', 'last', 'off', 'epoch', 'rest', 'lmax', 'dmax',
    'sealed', 'x')
  if not s[1] then return nil, redis.error_reply('NHINIT the partition is not initialised') end
  if s[1] ~= LAYOUT then
    return nil, redis.error_reply('NHLAYOUT ' .. s[1] .. ' is the layout, not ' .. LAYOUT)
  end
  if s[2] ~= partitions then
    return nil, redis.error_reply('NHPARTS ' .. s[2] .. ' partitions, not ' .. partitions)
  end
  if s[10] then return nil, redis.error_reply('NHSEALED the partition is sealed') end
  local prefix = string.sub(key, 1, -6)
  local p = {
    key = key, p = prefix, c = prefix .. 'c:' .. crawl .. ':', crawl = crawl,
    field = 'c:' .. crawl, epoch = tonumber(s[6]), rest = tonumber(s[7]),
    lmax = tonumber(s[8]), dmax = tonumber(s[9]), directives = tonumber(s[11] or 0),
  }
  local offset = tonumber(s[5])
  local stored = tonumber(s[4])
  local last = math.max(stored, latest[key] or 0)
  local now = server_time(tonumber(handed)) + offset
  if now < last then
    if writes then call('HINCRBY', key, 'off', us(last - now)) end
    now = last
  end
  p.now, p.looks = now, not writes
  if not writes then return p end
  local is_other = s[3] ~= process()
  p.told = tonumber(epoch)
  local reckons = expected ~= '0' and p.told == p.epoch
  local is_stepped = reckons and now - tonumber(expected) > STEP_US
  if is_stepped and not is_other then
    return nil, redis.error_reply('NHCLOCK the clock is ahead of what the caller reckons')
  end
  if is_other then
    p.rests = 'process'
  elseif p.told > p.epoch then
    -- The caller has seen this partition further than it is: an old master is back.
    p.rests = 'behind'
  elseif not reckons and stored > 0 and now - last > GAP_US then
    p.rests = 'gap'
  end
  latest[key] = now
  if now - stored > 100000 or is_other then call('HSET', key, 'last', us(now)) end
  return p
end

-- A partition that cannot know what was given out since it last looked rests: for the longest lease
-- and the longest delay it held. After a gap without any lease the delay alone counts.
--
-- Fences go on from the epoch. It is a time, so that it differs from any that a lost tail has come
-- to, and is larger; above what a caller has seen it stays clear of the fences that followed that.
local function rest(p, why)
  local lease = p.lmax
  local has_leases = why ~= 'gap' or call('ZCARD', p.p .. 'lease') > 0
  if not has_leases then lease = 0 end
  local above = p.told > p.epoch and p.told + 4294967296 or 0
  p.epoch = math.max(p.epoch + 1, p.now, above)
  p.rest = math.max(p.rest, p.now + lease + p.dmax)
  call('HSET', p.key, 'epoch', us(p.epoch), 'rest', us(p.rest), 'run', process(), 'why', why)
  if has_leases then call('HSET', p.key, 'since', us(p.now)) end
end

-- Leases of this length are given. When the partition rested it may not have known: the call that
-- first asked for so much may be among those that were lost.
local function allow_for(p, lasts, delay)
  if lasts <= p.lmax then return end
  p.lmax = lasts
  call('HSET', p.key, 'lmax', us(lasts))
  local since = tonumber(call('HGET', p.key, 'since') or 0)
  local ends = since + lasts + math.max(p.dmax, delay)
  if since > 0 and ends > p.rest then
    p.rest = ends
    call('HSET', p.key, 'rest', us(ends))
  end
end

-- `enter` for functions that write.
local function begin(keys, args)
  local p, refused = enter(keys, args, true)
  if not p then return nil, refused end
  if p.rests then rest(p, p.rests) end
  return p
end

-- The header of every reply: time, epoch, until when the partition rests; `r` from those that look:
-- the clock was not checked.
local function stamp(p)
  return us(p.now) .. ' ' .. us(p.epoch) .. ' ' .. us(p.rest) .. (p.looks and ' r' or '')
end

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
