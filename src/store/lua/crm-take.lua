-- Takes accounts of one partition that are due, so that nobody else takes them until the lease ends.
-- KEYS[1]: due (sorted set, score is when). KEYS[2]: taken (sorted set, score is the end of the lease).
-- ARGV: now (ms), end of the new leases (ms), how many at most.
-- Returns the accounts taken, those longest due first. An account whose lease has ended without a finish is due again: its
-- worker died. One that is taken and due again waits until it is finished.
-- Expiry: none; every member leaves by a finish.
local now = tonumber(ARGV[1])
for _, account in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now)) do
  redis.call('ZREM', KEYS[2], account)
  redis.call('ZADD', KEYS[1], 'LT', now, account)
end
local max = tonumber(ARGV[3])
local took = {}
-- Accounts that are taken and due again stand in the way of others only as far as there are any.
local look = max + redis.call('ZCARD', KEYS[2])
for _, account in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, look)) do
  if #took >= max then break end
  if not redis.call('ZSCORE', KEYS[2], account) then
    redis.call('ZREM', KEYS[1], account)
    redis.call('ZADD', KEYS[2], ARGV[2], account)
    took[#took + 1] = account
  end
end
return took
