-- Takes one step of learning: once, however often it is handed on.
-- KEYS: the ids of the step's day, the hash that it counts or writes in, the log, the epochs of the offers.
-- ARGV: id, life of the ids (s), then what it does: 'count' and a field; 'outcome', a field and the offer whose epoch the
--   field belongs to; 'write', a field and its value; or 'log' and a text.
-- Returns 1 when it was taken now, 0 when it had been before. Expiry: the ids, so long after the newest of their day.
if redis.call('SADD', KEYS[1], ARGV[1]) == 0 then
  return 0
end
redis.call('EXPIRE', KEYS[1], ARGV[2])
if ARGV[3] == 'count' then
  redis.call('HINCRBY', KEYS[2], ARGV[4], 1)
elseif ARGV[3] == 'outcome' then
  local epoch = redis.call('HGET', KEYS[4], ARGV[5]) or '0'
  redis.call('HINCRBY', KEYS[2], epoch .. '|' .. ARGV[4], 1)
elseif ARGV[3] == 'write' then
  redis.call('HSET', KEYS[2], ARGV[4], ARGV[5])
else
  redis.call('XADD', KEYS[3], '*', 'fact', ARGV[4])
end
return 1
