namespace Exchange.Benchmarks;

/// <summary>
/// Secure sums: all rounds of a cohort in one process, keys and shares included, without sockets and engines, over a thousand counts.
/// Held against what a question to a hundred nodes may take, and with ten drop-outs; a further question with the keys of the first against
/// that one; three parties against jiff-mpc, where it is there; then questions to real nodes (<see cref="SecureNodes"/>).
/// </summary>
internal static class SecureSuite
{
    private const double FirstQuestionMsMax = 1500;
    private const double DropOutsMsMax = 2000;

    public static async Task RunAsync(bool quick, Action<Measurement> report, CancellationToken cancellationToken)
    {
        var rounds = quick ? 3 : 9;
        foreach (var count in (int[])[3, 10, 100])
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var members = new SecureMembers(count);
            report(await AtMostAsync("first, 1000 counts", members, dropOuts: 0, FirstQuestionMsMax).ConfigureAwait(false));
        }

        using var hundred = new SecureMembers(100);
        report(await AtMostAsync("10 drop out", hundred, dropOuts: 10, DropOutsMsMax).ConfigureAwait(false));
        await hundred.FirstAsync(dropOuts: 0).ConfigureAwait(false);
        using var others = new SecureMembers(100);
        report(await Measurement.TakeAsync(
            "secure", "further question", 100, rounds, hundred.FurtherAsync, "first", () => others.FirstAsync(dropOuts: 0)).ConfigureAwait(false));
        await JiffAsync(quick ? 1 : 3, report, cancellationToken).ConfigureAwait(false);
        await SecureNodes.RunAsync(quick, report, cancellationToken).ConfigureAwait(false);

        async Task<Measurement> AtMostAsync(string name, SecureMembers members, int dropOuts, double most)
        {
            var measured = await Measurement.TakeAsync(
                "secure", name, members.Count, rounds, () => members.FirstAsync(dropOuts), "at most", () => Task.CompletedTask).ConfigureAwait(false);
            return measured with { BaselineMs = most };
        }
    }

    private static async Task JiffAsync(int rounds, Action<Measurement> report, CancellationToken cancellationToken)
    {
        using var jiff = await Jiff.TryStartAsync(SecureMembers.Values, cancellationToken).ConfigureAwait(false);
        if (jiff is null)
        {
            await Console.Error.WriteLineAsync(
                $"secure: not compared with jiff-mpc, for node or jiff-mpc is not there: npm install jiff-mpc@1.0.0, and name the folder in {Jiff.FolderVariable}.")
                .ConfigureAwait(false);
            return;
        }

        await Console.Error.WriteLineAsync(
            "secure: jiff-mpc gives shares that general circuits can be computed on, without drop-outs; ours only adds up.").ConfigureAwait(false);
        using var three = new SecureMembers(3);
        var ours = new List<double>();
        var theirs = new List<double>();
        // The first of both warms up.
        for (var round = 0; round <= rounds; round++)
        {
            ours.Add(await Measurement.TimeAsync(() => three.FirstAsync(dropOuts: 0)).ConfigureAwait(false));
            theirs.Add(await jiff.SumAsync(cancellationToken).ConfigureAwait(false));
        }

        report(new Measurement("secure", "three parties", 3, ours.Skip(1).Order().ElementAt(rounds / 2), "jiff-mpc", theirs.Skip(1).Order().ElementAt(rounds / 2)));
    }
}
