-- Dropping what waits, in steps: the caller reads some, and says what to forget.

-- What waits at a host and is not in flight, from the tails of its lists, at most so many of each
-- band, and all that is put aside. ARGV: header, HOST, MAX. Reply: stamp, three lists of texts from
-- the tail, fingerprints put aside.
reader('nh1_waiting', function(p, args)
  local h = load_host(p, args[2])
  if not h then return { stamp(p), {}, {}, {}, {} } end
  local max = tonumber(args[3])
  local reply = { stamp(p) }
  for band = 0, 2 do
    local n = call('LLEN', queue(p, h, band)) - h.flight[band]
    local count = math.min(n, max)
    reply[#reply + 1] = count > 0 and call('LRANGE', queue(p, h, band), -count, -1) or {}
  end
  local put = call('ZRANGE', p.c .. 'd0:' .. h.name, 0, -1)
  for _, x in ipairs(call('ZRANGE', p.c .. 'd1:' .. h.name, 0, -1)) do put[#put + 1] = x end
  reply[#reply + 1] = put
  return reply
end)

-- Forgets what was read, where it still stands so. ARGV: header, HOST, COUNT and as often TEXT,
-- FINGERPRINT for each band, COUNT and fingerprints put aside. Reply: stamp, how many URLs; or 'C'
-- when it has changed.
local function forget_waiting(keys, args)
  local p, refused = begin(keys, args)
  if not p then return refused end
  load_sums(p)
  local h = load_host(p, args[2])
  if not h then return { stamp(p), 0 } end
  local i, tails = 3, {}
  for band = 0, 2 do
    local count = tonumber(args[i])
    local tail = count > 0 and call('LRANGE', queue(p, h, band), -count, -1) or {}
    for k = 1, count do
      if tail[k] ~= args[i + 2 * k - 1] then return { stamp(p), 'C' } end
    end
    if call('LLEN', queue(p, h, band)) - count < h.flight[band] then return { stamp(p), 'C' } end
    tails[band] = { from = i + 1, count = count }
    i = i + 1 + 2 * count
  end
  local urls = 0
  for band = 0, 2 do
    local t = tails[band]
    local live = 0
    for k = t.from, t.from + 2 * t.count - 2, 2 do
      local path = path_of(args[k])
      local moved = p.c .. 'm:' .. h.name
      local is_dead = band == 2 and h.dead > 0 and tonumber(call('HGET', moved, path) or 0) > 0
      if is_dead then
        if call('HINCRBY', moved, path, -1) == 0 then call('HDEL', moved, path) end
        h.dead = h.dead - 1
      else
        forget(p, share(p, h.share), args[k + 1])
        live = live + 1
      end
    end
    if t.count > 0 then call('LTRIM', queue(p, h, band), 0, -t.count - 1) end
    h.len[band] = h.len[band] - live
    p.sums['p' .. band] = p.sums['p' .. band] - live
    urls = urls + live
  end
  for k = i + 1, i + tonumber(args[i]) do
    local x = string.match(args[k], '^0*(%d+)$')
    local value, padded, lane = aside(p, h, x)
    if value then
      drop_aside(p, h, padded, lane)
      forget(p, share(p, h.share), x)
      urls = urls + 1
    end
  end
  bury(p, h)
  save_host(p, h)
  relane(p, h)
  save_sums(p)
  return { stamp(p), urls }
end
redis.register_function('nh1_forget', forget_waiting)
