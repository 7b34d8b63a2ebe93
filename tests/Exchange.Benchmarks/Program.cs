using Exchange.Benchmarks;

var quick = args.Contains("--quick");
var json = args.Contains("--json");
var suites = args.Where(argument => !argument.StartsWith('-')).ToList();
using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    stop.Cancel();
};

if (suites.Count == 0 || suites.Any(suite => suite is not ("joint" or "fanout" or "publish" or "checked" or "table" or "log" or "noisy" or "secure")))
{
    Console.Error.WriteLine("usage: Exchange.Benchmarks (joint|fanout|publish|checked|table|log|noisy|secure)... [--quick] [--json]");
    return 2;
}

foreach (var suite in suites)
{
    Action<Measurement> report = measurement => measurement.Print(json);
    await (suite switch
    {
        "joint" => JointSuite.RunAsync(quick, report, stop.Token),
        "checked" => CheckedSuite.RunAsync(quick, report, stop.Token),
        "fanout" => FanoutSuite.RunAsync(quick, report, stop.Token),
        "log" => LogSuite.RunAsync(quick, report, stop.Token),
        "noisy" => NoisySuite.RunAsync(quick, report, stop.Token),
        "secure" => SecureSuite.RunAsync(quick, report, stop.Token),
        "table" => TableSuite.RunAsync(quick, report, stop.Token),
        _ => PublishSuite.RunAsync(quick, report, stop.Token),
    });
}

return 0;
