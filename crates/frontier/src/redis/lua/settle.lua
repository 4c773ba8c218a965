-- Ends a lease. ARGV: header, HOST, CUT, FENCE, AGAIN, READY_IN, DELAY, STATE, VERDICTS, marks,
-- revisits, posting, seeds, robots, links.
--
-- VERDICTS has a letter for each URL in flight, band by band from the head: D done, A again, B
-- back. Marks: the number, then the fingerprints of those of the backfill that do not go back.
-- Revisits: the number, then FINGERPRINT, AFTER, VALUE (band, 0 or 1 for failed attempts, text).
-- AGAIN is 1 when the caller does not know whether an earlier call came through.
-- Reply: stamp, 'D', codes of the links; 'S' stale; 'R' settled before.

local function judge_band(p, h, band, verdicts, from)
  local count = h.flight[band]
  if count == 0 then return from end
  local mine = string.sub(verdicts, from, from + count - 1)
  local key = queue(p, h, band)
  if string.find(mine, 'B', 1, true) then
    local texts = call('LPOP', key, count)
    for k = count, 1, -1 do
      if string.sub(mine, k, k) == 'B' then
        call('LPUSH', key, texts[k])
        p.sums['p' .. band] = p.sums['p' .. band] + 1
      end
    end
  else
    call('LTRIM', key, count, -1)
  end
  p.sums.flight = p.sums.flight - count
  h.flight[band] = 0
  return from + count
end

local function judge(p, h, args, i)
  local from = 1
  for band = 0, 2 do from = judge_band(p, h, band, args[i], from) end
  local marks = tonumber(args[i + 1])
  for k = i + 2, i + 1 + marks do mark(p, args[k], false) end
  i = i + 2 + marks
  local revisits = tonumber(args[i])
  for k = i + 1, i + 3 * revisits, 3 do
    put_aside(p, h, args[k], p.now + tonumber(args[k + 1]), args[k + 2])
  end
  return i + 1 + 3 * revisits
end

-- A list of which only dead copies are left is dropped with them.
local function bury(p, h)
  if h.dead > 0 and call('LLEN', queue(p, h, 2)) == h.dead then
    call('DEL', queue(p, h, 2), p.c .. 'm:' .. h.name)
    h.dead = 0
  end
end

local function end_lease(p, h, args)
  h.deadline = nil
  h.ready = p.now + tonumber(args[6])
  local key = p.p .. 'h:' .. h.name
  call('HDEL', key, 'd', 'w')
  call('HSET', key, 'r', us(h.ready), 'l', args[7], 's', args[8], p.field, pack(h) or '0 0 0 0 0 0')
  call('ZREM', p.p .. 'lease', h.name)
  local delay = tonumber(args[7])
  if delay > p.dmax then call('HSET', p.key, 'dmax', us(delay)) end
end

local function settle(keys, args)
  local p, refused = begin(keys, args)
  if not p then return refused end
  local h, found = held(p, args[2], args[4])
  if not h then
    local is_settled = found and args[5] == '1' and us(found.fence) == args[4]
      and not found.deadline and not found.is_swept
    return { stamp(p), is_settled and 'R' or 'S' }
  end
  load_sums(p)
  local outlet = outlet_of(h.name, h.cut)
  local i = judge(p, h, args, 9)
  bury(p, h)
  i = post(p, args, i, outlet)
  i = note_seeds(p, args, i)
  i = store_robots(p, args, i, h)
  local codes = take_in(p, args, i, h)
  end_lease(p, h, args)
  relane(p, h)
  lease_ended(p, outlet)
  save_sums(p)
  return { stamp(p), 'D', codes }
end
redis.register_function('nh1_settle', settle)

-- What is in flight, for a caller that has forgotten it. ARGV: header, HOST, FENCE.
-- Reply: stamp, 'F', texts after their bands, band by band; or 'S'.
local function flight(keys, args)
  local p, refused = begin(keys, args)
  if not p then return refused end
  local h = held(p, args[2], args[3])
  if not h then return { stamp(p), 'S' } end
  local texts = {}
  for band = 0, 2 do
    if h.flight[band] > 0 then
      for _, text in ipairs(call('LRANGE', queue(p, h, band), 0, h.flight[band] - 1)) do
        texts[#texts + 1] = band .. text
      end
    end
  end
  return { stamp(p), 'F', texts }
end
redis.register_function('nh1_flight', flight)
