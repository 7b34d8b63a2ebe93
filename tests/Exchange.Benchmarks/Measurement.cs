using System.Diagnostics;
using System.Text.Json;

namespace Exchange.Benchmarks;

/// <summary>One line of a benchmark: ours against a baseline measured in the same run.</summary>
internal sealed record Measurement(string Suite, string Case, int N, double OursMs, string Baseline, double BaselineMs)
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public double Ratio => Math.Round(OursMs / BaselineMs, 3);

    private const int WarmUpRoundsMin = 3;

    // Long enough for the runtime to replace its first, unoptimized code, which costs several times what it costs later.
    private static readonly TimeSpan WarmUpTime = TimeSpan.FromSeconds(5);

    /// <summary>Runs both in turn, so that whatever disturbs the machine disturbs both, and takes the medians of what follows a warm-up.</summary>
    public static async Task<Measurement> TakeAsync(string suite, string name, int n, int rounds, Func<Task> ours, string baseline, Func<Task> theirs)
    {
        var started = Stopwatch.GetTimestamp();
        for (var round = 0; round < WarmUpRoundsMin || (round < rounds && Stopwatch.GetElapsedTime(started) < WarmUpTime); round++)
        {
            await ours().ConfigureAwait(false);
            await theirs().ConfigureAwait(false);
        }

        var oursTimes = new List<double>();
        var theirTimes = new List<double>();
        for (var round = 0; round < rounds; round++)
        {
            oursTimes.Add(await TimeAsync(ours).ConfigureAwait(false));
            theirTimes.Add(await TimeAsync(theirs).ConfigureAwait(false));
        }

        return new Measurement(suite, name, n, Median(oursTimes), baseline, Median(theirTimes));
    }

    /// <summary>For work that can be done once only: each of ours in turn with the baseline. The first of both warms up.</summary>
    public static async Task<Measurement> TakeEachAsync(string suite, string name, IReadOnlyList<Func<Task>> ours, string baseline, Func<Task> theirs)
    {
        var oursTimes = new List<double>();
        var theirTimes = new List<double>();
        foreach (var one in ours)
        {
            oursTimes.Add(await TimeAsync(one).ConfigureAwait(false));
            theirTimes.Add(await TimeAsync(theirs).ConfigureAwait(false));
        }

        return new Measurement(suite, name, 1, Median(oursTimes[1..]), baseline, Median(theirTimes[1..]));
    }

    public void Print(bool json) => Console.WriteLine(json
        ? JsonSerializer.Serialize(this, Json)
        : $"{Suite,-8} {Case,-24} n={N,-4} ours {OursMs,9:0.00} ms   {Baseline} {BaselineMs,9:0.00} ms   ratio {Ratio:0.00}");

    /// <summary>Milliseconds.</summary>
    public static async Task<double> TimeAsync(Func<Task> action)
    {
        var started = Stopwatch.GetTimestamp();
        await action().ConfigureAwait(false);
        return Math.Round(Stopwatch.GetElapsedTime(started).TotalMilliseconds, 3);
    }

    private static double Median(List<double> times) => times.Order().ElementAt(times.Count / 2);
}
