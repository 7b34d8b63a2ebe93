namespace Exchange.Node.Noise;

/// <summary>
/// An owner's <c>response_grid</c>: what is answered leaves on a multiple of a fixed time after the question came, the first at the earliest, so
/// that when it comes tells no more than between which two multiples the work ended (Askarov, Zhang and Myers 2010). Of an answer that is
/// always there before the first, its time tells nothing.
/// </summary>
internal static class ResponseGrid
{
    /// <summary>How long an answer has still to wait.</summary>
    /// <param name="elapsed">Since the question came.</param>
    /// <param name="grid">Zero for no grid.</param>
    public static TimeSpan LeftOf(TimeSpan elapsed, TimeSpan grid) => grid == TimeSpan.Zero ? TimeSpan.Zero
        : elapsed <= TimeSpan.Zero ? grid
        : new TimeSpan((((elapsed.Ticks - 1) / grid.Ticks) + 1) * grid.Ticks) - elapsed;

    /// <summary>Waits for the next multiple.</summary>
    public static Task WaitAsync(TimeProvider time, long received, TimeSpan grid, CancellationToken cancellationToken) =>
        grid == TimeSpan.Zero ? Task.CompletedTask : Task.Delay(LeftOf(time.GetElapsedTime(received), grid), time, cancellationToken);
}
