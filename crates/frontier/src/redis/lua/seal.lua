-- A crawl is sealed while it is written out: who would change it is refused.

-- Seals the crawl here, or renews the caller's own seal. Nobody touches that of another one.
-- ARGV: header, OWNER, LASTS (0 breaks the seal), 1 where the seal must be in force already. Reply:
-- stamp, 1 where that is done; 0 where another one has sealed it, or the seal has ended.
local function seal(keys, args)
  local p, refused = begin(keys, args, true)
  if not p then return refused end
  local owner, lasts, must_be = args[2], tonumber(args[3]), args[4] == '1'
  local old = seal_of(p)
  if old and old[2] ~= owner or must_be and not old then return { stamp(p), 0 } end
  local seals, is_any = {}, lasts > 0
  for crawl, other in pairs(type(p.state.sealed) == 'table' and p.state.sealed or {}) do
    if crawl ~= p.crawl and other[1] > p.now then
      seals[crawl], is_any = other, true
    end
  end
  if lasts > 0 then seals[p.crawl] = { p.now + lasts, owner } end
  p.state.sealed = is_any and seals or 0
  save_state(p)
  return { stamp(p), 1 }
end
redis.register_function('nh1_seal', seal)
