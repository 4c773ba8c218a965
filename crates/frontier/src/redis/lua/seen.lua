-- Known URLs: fingerprints of 63 bits, by share of their hosts (`crawl::Share`), so that a frontier
-- can be moved to another number of partitions although a fingerprint does not tell its host. Those
-- of a share stand in buckets that grow by linear hashing (Litwin 1980), so that each stays a
-- compact set of integers. A negative member stands for a URL that waits in the backfill band, so
-- that an article which is listed there can be told from one that is done.
--
-- `sh` says of each share how many URLs it has, and how many buckets.

-- Members of a bucket on average; just before a split it has twice as many.
local LOAD = 200

-- Names of buckets by number: making them anew for each link costs more than looking them up.
local names, named = {}, 0

local function number_name(i)
  local name = names[i]
  if not name then
    if named >= 65536 then
      names, named = {}, 0
    end
    name = string.format('%d', i)
    names[i], named = name, named + 1
  end
  return name
end

-- The largest power of two that is not above the number of buckets.
local function set_round(s)
  local round = 1
  while round * 2 <= s.buckets do round = round * 2 end
  s.round = round
end

-- A share, read once a call. It is written with the sums.
local function share(p, number)
  local s = p.shares[number]
  if s then return s end
  local raw = call('HGET', p.c .. 'sh', number)
  local seen, buckets = string.match(raw or '0 1', '^(%d+) (%d+)$')
  s = {
    seen = tonumber(seen), buckets = tonumber(buckets),
    key = p.c .. 's:' .. number_name(number) .. '.',
  }
  set_round(s)
  p.shares[number] = s
  return s
end

local function bucket(s, hash)
  local i = hash % (s.round * 2)
  if i >= s.buckets then i = hash % s.round end
  return i
end

local function hash_of(x) return tonumber(string.sub(x, -9)) end

local function seen_key(s, x)
  return s.key .. number_name(bucket(s, hash_of(x)))
end

-- Adds one bucket, and moves there what belongs there from the one whose turn it is.
local function split(s)
  local new = s.buckets
  local from = s.key .. number_name(new - s.round)
  s.buckets = new + 1
  set_round(s)
  local moved = {}
  for _, x in ipairs(call('SMEMBERS', from)) do
    if bucket(s, hash_of(x)) == new then moved[#moved + 1] = x end
  end
  for i = 1, #moved, 500 do
    local some = { unpack(moved, i, math.min(i + 499, #moved)) }
    call('SREM', from, unpack(some))
    call('SADD', s.key .. number_name(new), unpack(some))
  end
end

local function count_seen(p, s, change)
  s.seen, s.is_changed = s.seen + change, true
  p.sums.seen = p.sums.seen + change
end

local function remember(p, s, key, x, is_backfill)
  call('SADD', key, is_backfill and '-' .. x or x)
  count_seen(p, s, 1)
  if s.seen > s.buckets * LOAD then split(s) end
end

-- 1 where a URL is known, -1 where it also waits in the backfill, nil where it is not known.
local function known_as(key, x)
  local known = call('SMISMEMBER', key, x, '-' .. x)
  return known[1] == 1 and 1 or (known[2] == 1 and -1) or nil
end

-- Says whether a known URL waits in the backfill band.
local function mark(s, x, is_backfill)
  local key = seen_key(s, x)
  local old, new = '-' .. x, x
  if is_backfill then old, new = x, '-' .. x end
  if call('SREM', key, old) == 1 then call('SADD', key, new) end
end

local function forget(p, s, x)
  local gone = call('SREM', seen_key(s, x), x, '-' .. x)
  if gone > 0 then count_seen(p, s, -gone) end
end
