-- Ends the search for traces of a person, unless there was a new wish to forget them since it began.
-- KEYS: wishes (hash, person to number), e-mail addresses (hash, person to list), the person's report.
-- ARGV: person, the wish at which the search began, now (ms), life of the report (s).
-- Returns 1 (ended) or 0 (it goes on).
if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then
  return 0
end
redis.call('HDEL', KEYS[1], ARGV[1])
redis.call('HDEL', KEYS[2], ARGV[1])
redis.call('HSET', KEYS[3], 'doneMs', ARGV[3])
redis.call('EXPIRE', KEYS[3], ARGV[4])
return 1
