using Microsoft.Extensions.Time.Testing;

namespace Exchange.Federation.Tests.Noise;

/// <summary>A clock that stands still unless it is moved, and tells when nodes begin to wait for just the response grid of these tests.</summary>
internal sealed class GridTime(DateTimeOffset start) : FakeTimeProvider(start)
{
    /// <summary>A time that nothing else waits for.</summary>
    public static readonly TimeSpan Grid = TimeSpan.FromMilliseconds(257);

    private readonly Lock _lock = new();
    private TaskCompletionSource _waits = new();
    private int _left;

    /// <summary>Ends when so many more wait.</summary>
    public Task NextWaits(int count)
    {
        lock (_lock)
        {
            _left = count;
            return (_waits = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        lock (_lock)
        {
            if (dueTime == Grid && --_left == 0)
            {
                _waits.TrySetResult();
            }
        }

        return timer;
    }
}
