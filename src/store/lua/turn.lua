-- Takes, keeps or gives back a turn, which one holder at a time has.
-- KEYS[1]: the turn (string, its holder). ARGV: holder, life (ms; 0 gives it back).
-- Returns 1 when the caller had the turn or has it now, 0 when another has it.
-- Expiry: as long as asked for; a holder that died loses it then.
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
if ARGV[2] == '0' then
  redis.call('DEL', KEYS[1])
else
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
end
return 1
