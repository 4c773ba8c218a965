-- Takes entries in: the part that `enqueue`, `settle` and `seeds_add` share.
--
-- Arguments from `i`: the number of groups, then for each group HOST, PLACE, COUNT and as often
-- FINGERPRINT, ENTRY. An entry is written `BAND SEED TEXT`, without the spaces: the band's number,
-- `s` for a seed or `-`, the text. The answer has a digit an entry: 1 was added, 2 was added as it
-- waited after a failure and is due now, 4 was appended (so 5 is new, 4 moved up, 0 was known).

-- A failed URL that waits for its time is due now.
local function hasten(p, h, x)
  local value, padded, lane = aside(p, h, x)
  if not value or string.sub(value, 2, 2) == '0' then return false end
  local key = p.c .. 'd' .. lane .. ':' .. h.name
  if tonumber(call('ZSCORE', key, padded)) <= p.now then return false end
  call('ZADD', key, p.now, padded)
  return true
end

-- Takes a URL that waits in the backfill out of there; false when it is elsewhere.
local function pull(p, h, x, is_marked, text)
  if not is_marked then
    local value, padded, lane = aside(p, h, x)
    if not value or string.sub(value, 1, 2) ~= '20' then return false end
    drop_aside(p, h, padded, lane)
    return true
  end
  local path = path_of(text)
  if is_in_flight(p, h, path) then return false end
  mark(share(p, h.share), x, false)
  call('HINCRBY', p.c .. 'm:' .. h.name, path, 1)
  h.dead = h.dead + 1
  h.len[2] = h.len[2] - 1
  p.sums.p2 = p.sums.p2 - 1
  bury(p, h)
  return true
end

-- Gives the entry's code, and whether the host's lanes may have changed.
local function take_one(p, h, x, entry, known)
  local band, seed = string.byte(entry, 1, 2)
  band = band - 48
  if not known then
    local s = share(p, h.share)
    remember(p, s, seen_key(s, x), x, band == 2)
    return 5, append(p, h, band, string.sub(entry, 3))
  end
  local code = 0
  if seed == 115 and hasten(p, h, x) then code = 2 end
  local text = string.sub(entry, 3)
  if band == 1 and pull(p, h, x, known < 0, text) then
    append(p, h, 1, text)
    return code + 4, true
  end
  return code, code == 2
end

-- `own` is a host that the caller has loaded and saves itself.
local function take_in(p, args, i, own)
  local codes = {}
  local groups = tonumber(args[i])
  i = i + 1
  for _ = 1, groups do
    local name, place, count = args[i], tonumber(args[i + 1]), tonumber(args[i + 2])
    local s = share(p, math.floor(place / 512))
    i = i + 3
    local h = own and own.name == name and own or nil
    local was, is_moved = nil, false
    for k = i, i + 2 * count - 2, 2 do
      local x, entry = args[k], args[k + 1]
      local known = known_as(seen_key(s, x), x)
      local band, seed = string.byte(entry, 1, 2)
      if known and band ~= 49 and seed ~= 115 then
        -- Nothing else is to be done with most links.
        codes[#codes + 1] = 0
      else
        if not h then
          h = host(p, name, place)
          was = lanes_of(h)
        end
        local code, moves = take_one(p, h, x, entry, known)
        codes[#codes + 1] = code
        is_moved = is_moved or moves
      end
    end
    i = i + 2 * count
    if h and h ~= own then
      save_host(p, h)
      if is_moved then relane(p, h, was) end
    end
  end
  return table.concat(codes), i
end
