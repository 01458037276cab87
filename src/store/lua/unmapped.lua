-- Counts events that no rule knows, of at most so many names.
-- KEYS[1]: a hash, name to count. ARGV: most names, seconds to keep, then pairs of name and count.
-- Returns how many names there are. Expiry: the whole, when nothing was added for so long.
local held = redis.call('HLEN', KEYS[1])
for at = 3, #ARGV, 2 do
  local name = ARGV[at]
  if redis.call('HEXISTS', KEYS[1], name) == 0 then
    -- What comes too late counts under one name together.
    if held >= tonumber(ARGV[1]) then name = '' else held = held + 1 end
  end
  redis.call('HINCRBY', KEYS[1], name, ARGV[at + 1])
end
redis.call('EXPIRE', KEYS[1], ARGV[2])
return held
