-- A request was refused: its lane or its quota user slows down, and the whole fleet with it where the
-- refusals meet several users. Refusals that come together count once.
-- ARGV from 3: the user's tolerance, Retry-After or 0, the quota user.
local TOLERANCE, RETRY_AFTER, NAME = tonumber(ARGV[3]), tonumber(ARGV[4]), ARGV[5]
local TOGETHER = WINDOW / 60
local LATELY = WINDOW / 6

local function slow_down(state)
  if NOW - state.at >= TOGETHER then
    state.factor = math.max(FACTOR_LEAST, factor(state) * 0.7)
    state.at = NOW
  end
end

local lane = read(LANE)
if SLOW_LANE then
  if NOW - lane.at >= TOGETHER then
    lane.interval = math.min(INTERVAL_MOST, math.max(INTERVAL_FIRST, 2 * interval(lane)))
    lane.at = NOW
  end
  lane.pause = math.max(lane.pause, NOW + math.max(RETRY_AFTER, lane.interval))
  lane.tat = math.max(lane.tat, lane.pause)
  write(LANE, lane, 'tat', 'pause', 'interval', 'at')
  return 1
end

local user = read(USER)
slow_down(user)
user.pause = math.max(user.pause, NOW + math.max(RETRY_AFTER, TOGETHER))
user.tat = math.max(user.tat, user.pause + TOLERANCE)
write(USER, user, 'tat', 'pause', 'factor', 'at')

local last = redis.call('HMGET', LANE, 'user', 'refused')
if last[1] and last[1] ~= NAME and NOW - tonumber(last[2]) < LATELY then
  slow_down(lane)
  lane.pause = math.max(lane.pause, NOW + RETRY_AFTER)
end
write(LANE, lane, 'pause', 'factor', 'at')
redis.call('HSET', LANE, 'user', NAME, 'refused', text(NOW))
return 1
