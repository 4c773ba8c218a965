-- All that a crawl keeps, piece by piece: the caller says where to go on. Nobody else is to call
-- meanwhile.

-- A name whose labels stand the other way round, as `hosts` has it.
local function unreversed(name)
  local is_address = string.sub(name, 1, 1) == '[' or string.match(name, '^%d+%.%d+%.%d+%.%d+$')
  return reversed(name, not is_address)
end

-- Names of hosts behind one, at most so many.
local function hosts_behind(p, after, max)
  local from = after == '' and '-' or '(' .. after
  return call('ZRANGEBYLEX', p.c .. 'hosts', from, '+', 'LIMIT', 0, max)
end

-- Reply: stamp, keys and values of notes.
reader('nh1_dump_notes', function(p)
  local all, notes = call('HGETALL', p.c .. 'notes'), {}
  for i = 1, #all, 2 do
    if string.sub(all[i], 1, 1) == '.' then
      notes[#notes + 1] = string.sub(all[i], 2)
      notes[#notes + 1] = all[i + 1]
    end
  end
  return { stamp(p), notes }
end)

-- Behind so many bytes of robots copies a reply ends: Redis does nothing else meanwhile.
local BYTES_MAX = 4000000

-- While the partition rests, no host is ready sooner than it: where the hosts go, nobody knows of
-- the rest. ARGV: header, AFTER, MAX. Reply: stamp, the last name (or ''), for each host: name,
-- fence, ready at, delay, state, place in the cycle, robots copies.
reader('nh1_dump_hosts', function(p, args)
  local rows, last, bytes = {}, '', 0
  for _, name in ipairs(hosts_behind(p, args[2], args[3])) do
    if bytes >= BYTES_MAX then break end
    last = name
    local h = load_host(p, unreversed(name))
    local ready = p.rest > p.now and math.max(h.ready, p.rest) or h.ready
    local robots = call('HGETALL', p.p .. 'r:' .. h.name)
    for _, text in ipairs(robots) do bytes = bytes + #text end
    rows[#rows + 1] = { h.name, us(h.fence), us(ready), us(h.delay), h.state, h.turn, robots }
  end
  return { stamp(p), last, rows }
end)

-- What is kept of the outlets of some hosts, and at the end of those without any. ARGV: header,
-- AFTER, MAX. Reply: stamp, the last name (or ''), for each outlet: name, account, claims. One
-- whose hosts do not stand together comes more than once.
reader('nh1_dump_outlets', function(p, args)
  local rows, last, latest_outlet = {}, '', nil
  local function row(outlet)
    rows[#rows + 1] = {
      outlet, call('HGETALL', p.c .. 'o:' .. outlet), call('HGETALL', p.c .. 'cl:' .. outlet),
    }
  end
  for _, name in ipairs(hosts_behind(p, args[2], args[3])) do
    last = name
    local h = load_host(p, unreversed(name))
    local outlet = outlet_of(h.name, h.cut)
    if outlet ~= latest_outlet then row(outlet) end
    latest_outlet = outlet
  end
  if last == '' then
    for _, outlet in ipairs(call('SMEMBERS', p.c .. 'outlets')) do row(outlet) end
  end
  return { stamp(p), last, rows }
end)

-- Steps of one call at most, most of which may come upon nothing.
local STEPS_MAX = 2000

-- Walks along the hosts, and along `parts` of each (0 to `last`): `read(name, part, skip, max)`
-- gives a row and how much it has. Reply: stamp, rows, then where to go on, or '-' at the end.
local function walk(p, args, last, read)
  local after, part, skip = args[2], tonumber(args[3]), tonumber(args[4])
  local left, rows = tonumber(args[5]), {}
  for _ = 1, STEPS_MAX do
    local name = left > 0 and hosts_behind(p, after, 1)[1]
    if left > 0 and not name then return { stamp(p), rows, '-', 0, 0 } end
    if left <= 0 then break end
    local row, count = read(unreversed(name), part, skip, left)
    if count > 0 then rows[#rows + 1] = row end
    local is_done = count < left
    left = left - count
    if not is_done then
      skip = skip + count
    elseif part < last then
      part, skip = part + 1, 0
    else
      after, part, skip = name, 0, 0
    end
  end
  return { stamp(p), rows, after, part, skip }
end

-- URLs that wait or are in flight. ARGV: header, AFTER, BAND, SKIP, MAX. Reply: as `walk`; a row is
-- host, band, 1 where its list begins, texts, dead copies by path.
reader('nh1_dump_urls', function(p, args)
  return walk(p, args, 2, function(name, band, skip, max)
    local texts = call('LRANGE', p.c .. 'q' .. band .. ':' .. name, skip, skip + max - 1)
    local begins = skip == 0 and 1 or 0
    local dead = band == 2 and skip == 0 and call('HGETALL', p.c .. 'm:' .. name) or {}
    return { name, band, begins, texts, dead }, #texts
  end)
end)

-- URLs put aside. ARGV: header, AFTER, LANE, SKIP, MAX. Reply: as `walk`; a row is host, times and
-- values.
reader('nh1_dump_due', function(p, args)
  return walk(p, args, 1, function(name, lane, skip, max)
    local key = p.c .. 'd' .. lane .. ':' .. name
    local due = call('ZRANGE', key, skip, skip + max - 1, 'WITHSCORES')
    local row = {}
    for i = 1, #due, 2 do
      row[i], row[i + 1] = due[i + 1], call('HGET', p.c .. 'e:' .. name, due[i])
    end
    return { name, row }, #due / 2
  end)
end)

-- Known URLs of a share. ARGV: header, SHARE, BUCKET, MAX. Reply: stamp, fingerprints, the next
-- bucket, or -1 at the end.
reader('nh1_dump_seen', function(p, args)
  load_sums(p)
  local s, urls = share(p, tonumber(args[2])), {}
  local i = tonumber(args[3])
  while i < s.buckets do
    if #urls >= tonumber(args[4]) then return { stamp(p), urls, i } end
    for _, x in ipairs(call('SMEMBERS', s.key .. number_name(i))) do urls[#urls + 1] = x end
    i = i + 1
  end
  return { stamp(p), urls, -1 }
end)
