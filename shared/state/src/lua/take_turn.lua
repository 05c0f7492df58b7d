-- Takes a turn that is due soon: {1, µs until it is due}; else {0, µs until it is}, and nothing is taken.
-- ARGV from 3: the user's emission interval and tolerance, the project's, how far ahead of time a turn
-- may be taken, the caller's patience.
local USER_STEP, USER_TOLERANCE = tonumber(ARGV[3]), tonumber(ARGV[4])
local PROJECT_STEP, PROJECT_TOLERANCE = tonumber(ARGV[5]), tonumber(ARGV[6])
local AHEAD, PATIENCE = tonumber(ARGV[7]), tonumber(ARGV[8])

local user, project, lane = read(USER), read(PROJECT), read(LANE)
local distance = SLOW_LANE and interval(lane) or 0
local due = math.max(NOW, user.pause, project.pause, lane.pause, user.tat - USER_TOLERANCE, project.tat - PROJECT_TOLERANCE)
if distance > 0 then due = math.max(due, lane.tat) end
if due > NOW + math.min(AHEAD, PATIENCE) then return { 0, due - NOW } end

local pace = SLOW_LANE and 1 or factor(lane)
user.tat = math.max(user.tat, NOW) + USER_STEP / (pace * factor(user))
project.tat = math.max(project.tat, NOW) + PROJECT_STEP / pace
write(USER, user, 'tat')
write(PROJECT, project, 'tat')
if distance > 0 then
  lane.tat = due + distance
  write(LANE, lane, 'tat')
end
return { 1, due - NOW }
