-- Ends a lease on an account and remembers what the CRM was told.
-- KEYS[1]: due. KEYS[2]: taken. KEYS[3]: known (sorted set, score is when last told). KEYS[4]: the record (hash).
-- ARGV: account, end of the lease as it was taken, next due (ms, '' for none), now (ms), life of the record (ms), then the
-- record's fields and values; none: the record stays as it is.
-- Returns 1; or 0 when the lease was lost: then what was written may have overwritten something newer, so the record's
-- fingerprints are forgotten and the account is due at once, and the next write is a whole one.
-- Expiry: the record lives as long as a state that nothing moves.
local account = ARGV[1]
local lease = redis.call('ZSCORE', KEYS[2], account)
if not lease or tonumber(lease) ~= tonumber(ARGV[2]) then
  redis.call('HDEL', KEYS[4], 'prints')
  redis.call('ZADD', KEYS[1], 'LT', ARGV[4], account)
  return 0
end
redis.call('ZREM', KEYS[2], account)
if ARGV[3] ~= '' then redis.call('ZADD', KEYS[1], 'LT', ARGV[3], account) end
if #ARGV > 5 then
  redis.call('HSET', KEYS[4], unpack(ARGV, 6))
  redis.call('PEXPIRE', KEYS[4], ARGV[5])
  redis.call('ZADD', KEYS[3], ARGV[4], account)
end
return 1
