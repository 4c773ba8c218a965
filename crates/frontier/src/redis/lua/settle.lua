-- Ends a lease. ARGV: header, HOST, PLACE, FENCE, AGAIN, READY_IN, DELAY, STATE, VERDICTS, marks,
-- revisits, posting, seeds, robots, links.
--
-- VERDICTS has a letter for each URL in flight, band by band from the head: D done, A again, B
-- back. Marks: the number, then the fingerprints of those of the backfill that do not go back.
-- Revisits: the number, then FINGERPRINT, AFTER, VALUE (band, 0 or 1 for failed attempts, text).
-- AGAIN is 1 when the caller does not know whether an earlier call came through.
-- Reply: stamp, 'D', codes of the links; 'S' stale; 'R' settled before.

-- Up to so many URLs are popped; more of them are cut off, which costs more to begin with.
local POP_MAX = 8

local function judge_band(p, h, band, verdicts, from)
  local count = h.flight[band]
  if count == 0 then return from end
  local mine = string.sub(verdicts, from, from + count - 1)
  local key, kept = queue(p, h, band), 0
  if string.find(mine, 'B', 1, true) then
    local texts = call('LPOP', key, count)
    for k = count, 1, -1 do
      if string.byte(mine, k) == 66 then
        call('LPUSH', key, texts[k])
        kept = kept + 1
      end
    end
    p.sums['p' .. band] = p.sums['p' .. band] + kept
  elseif count == 1 then
    call('LPOP', key)
  elseif count <= POP_MAX then
    call('LPOP', key, count)
  else
    call('LTRIM', key, count, -1)
  end
  p.sums.flight = p.sums.flight - count
  h.len[band] = h.len[band] - count + kept
  h.flight[band] = 0
  return from + count
end

local function judge(p, h, args, i)
  local from = 1
  for band = 0, 2 do from = judge_band(p, h, band, args[i], from) end
  local marks = tonumber(args[i + 1])
  for k = i + 2, i + 1 + marks do mark(share(p, h.share), args[k], false) end
  i = i + 2 + marks
  local revisits = tonumber(args[i])
  for k = i + 1, i + 3 * revisits, 3 do
    put_aside(p, h, args[k], p.now + tonumber(args[k + 1]), args[k + 2])
  end
  return i + 1 + 3 * revisits
end

local function end_lease(p, h, args)
  h.deadline, h.worker = nil, ''
  h.ready, h.delay, h.state = p.now + tonumber(args[6]), tonumber(args[7]), args[8]
  save_host(p, h)
  call('ZREM', p.p .. 'lease', h.name)
  note_longest(p, 0, h.delay, h.name)
end

local function settle(keys, args)
  local p, refused = begin(keys, args)
  if not p then return refused end
  local h, found = held(p, args[2], args[4])
  if not h then
    local is_settled = found and args[5] == '1' and found.fence == tonumber(args[4])
      and not found.deadline and not found.is_swept
    return { stamp(p), is_settled and 'R' or 'S' }
  end
  if #args[9] ~= h.flight[0] + h.flight[1] + h.flight[2] then
    return redis.error_reply('NHARGS a verdict is missing, or there is one too many')
  end
  load_sums(p)
  local outlet, was = outlet_of(h.name, h.cut), lanes_of(h)
  local i = judge(p, h, args, 9)
  bury(p, h)
  i = post(p, args, i, outlet)
  i = note_seeds(p, args, i)
  i = store_robots(p, args, i, h)
  local codes = take_in(p, args, i, h)
  end_lease(p, h, args)
  relane(p, h, was)
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
