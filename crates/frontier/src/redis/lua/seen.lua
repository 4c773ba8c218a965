-- Known URLs: fingerprints of 63 bits, in buckets that grow by linear hashing (Litwin 1980), so
-- that each stays a compact set of integers. A negative member stands for a URL that waits in the
-- backfill band, so that an article which is listed there can be told from one that is done.

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

local function bucket(sums, hash)
  local i = hash % (sums.round * 2)
  if i >= sums.buckets then i = hash % sums.round end
  return i
end

local function hash_of(x) return tonumber(string.sub(x, -9)) end

local function seen_key(p, x)
  return p.seen .. number_name(bucket(p.sums, hash_of(x)))
end

-- Adds one bucket, and moves there what belongs there from the one whose turn it is.
local function split(p)
  local sums = p.sums
  local new = sums.buckets
  local from = p.seen .. number_name(new - sums.round)
  sums.buckets = new + 1
  set_round(sums)
  local moved = {}
  for _, x in ipairs(call('SMEMBERS', from)) do
    if bucket(sums, hash_of(x)) == new then moved[#moved + 1] = x end
  end
  for i = 1, #moved, 500 do
    local some = { unpack(moved, i, math.min(i + 499, #moved)) }
    call('SREM', from, unpack(some))
    call('SADD', p.seen .. number_name(new), unpack(some))
  end
end

local function remember(p, key, x, is_backfill)
  call('SADD', key, is_backfill and '-' .. x or x)
  p.sums.seen = p.sums.seen + 1
  if p.sums.seen > p.sums.buckets * LOAD then split(p) end
end

-- Says whether a known URL waits in the backfill band.
local function mark(p, x, is_backfill)
  local key = seen_key(p, x)
  local old, new = '-' .. x, x
  if is_backfill then old, new = x, '-' .. x end
  if call('SREM', key, old) == 1 then call('SADD', key, new) end
end

local function forget(p, x)
  local gone = call('SREM', seen_key(p, x), x, '-' .. x)
  p.sums.seen = p.sums.seen - gone
end
