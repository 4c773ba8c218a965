-- Known URLs: fingerprints of 63 bits, in buckets that grow by linear hashing (Litwin 1980), so that
-- each stays a compact set of integers. A negative member stands for a URL that waits in the
-- backfill band, so that an article which is listed there can be told from one that is done.

-- Members of a bucket on average; just before a split it has twice as many.
local LOAD = 200

local function bucket(n, hash)
  local round = 1
  while round * 2 <= n do round = round * 2 end
  local i = hash % (round * 2)
  if i >= n then i = hash % round end
  return i
end

local function hash_of(x) return tonumber(string.sub(x, -9)) end

local function seen_key(p, x)
  return p.c .. 's:' .. bucket(p.sums.buckets, hash_of(x))
end

-- Adds one bucket, and moves there what belongs there from the one whose turn it is.
local function split(p)
  local n = p.sums.buckets
  local round = 1
  while round * 2 <= n do round = round * 2 end
  local from = p.c .. 's:' .. us(n - round)
  p.sums.buckets = n + 1
  local moved = {}
  for _, x in ipairs(call('SMEMBERS', from)) do
    if bucket(n + 1, hash_of(x)) == n then moved[#moved + 1] = x end
  end
  for i = 1, #moved, 500 do
    local some = { unpack(moved, i, math.min(i + 499, #moved)) }
    call('SREM', from, unpack(some))
    call('SADD', p.c .. 's:' .. us(n), unpack(some))
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
