using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Exchange.Cli;
using Exchange.Federation.Tests.Audit;

namespace Exchange.Federation.Tests.Noise;

/// <summary><c>query --error</c>, as it is typed.</summary>
public sealed class WantedErrorTests(NoisyExchange exchange) : IClassFixture<NoisyExchange>
{
    private const double RoughLook = 0.002;

    [Fact]
    public async Task A_wanted_precision_costs_what_was_said_before_it_was_spent()
    {
        var before = Spent();
        var (exitCode, output, said) = await AskAsync("SELECT COUNT(*) AS n FROM readings WHERE age <> 71", "--error", "1%");

        Assert.True(exitCode == 0, string.Join('\n', said.Select(line => line.Text)));
        Assert.Equal(2, said.Count);
        // Nothing was spent when the first line was there, and the rough look alone when the second was.
        Assert.Contains("a rough look costs 0.002 zCDP at each of 2 owners", said[0].Text);
        Assert.Equal((before, before + RoughLook), (said[0].Spent, said[1].Spent), Near);
        var another = double.Parse(said[1].Text.Split("costs another ")[1].Split(' ')[0], CultureInfo.InvariantCulture);
        Assert.Equal(before + RoughLook + another, Spent(), 1e-11);

        // The precision is the one that was wanted, but for what the rough look did not know.
        var bound = JsonNode.Parse(output)!["error_bounds"]![0]![0]!;
        Assert.InRange((double)bound["std_error"]!, 0, 0.01 * 2400 * 1.3);
    }

    [Fact]
    public async Task Quantiles_which_no_charge_brings_closer_than_a_bin_cost_nothing_more()
    {
        var before = Spent();
        var (exitCode, _, said) = await AskAsync("SELECT COUNT(*) AS n, MEDIAN(kwh) AS m FROM readings WHERE age <> 75", "--error", "5%");

        Assert.True(exitCode == 0, string.Join('\n', said.Select(line => line.Text)));
        // Half of a charge goes to each vector, and a standard error of 120 of 2400 rows costs next to nothing.
        Assert.Contains(said, line => line.Text.Contains("in 1 of 1 figures", StringComparison.Ordinal));
        Assert.InRange(Spent(), before + RoughLook, before + (10 * RoughLook));
    }

    [Fact]
    public async Task Nothing_is_spent_when_only_explained()
    {
        var before = Spent();
        var (exitCode, _, said) = await AskAsync("SELECT COUNT(*) AS n FROM readings WHERE age <> 72", "--error", "5%", "--explain");

        Assert.Equal((0, before), (exitCode, Spent()));
        Assert.Contains("a rough look costs 0.002 zCDP", Assert.Single(said).Text);
    }

    [Fact]
    public async Task What_may_be_spent_in_all_bounds_the_look_too()
    {
        var before = Spent();
        var (exitCode, _, said) = await AskAsync("SELECT COUNT(*) AS n FROM readings WHERE age <> 73", "--error", "5%", "--rho", "0.001");

        Assert.NotEqual(0, exitCode);
        Assert.Contains(said, line => line.Text.Contains("A rough look costs 0.002 zCDP, and 0.001 may be spent.", StringComparison.Ordinal));
        Assert.Equal(before, Spent());
    }

    [Fact]
    public async Task A_precision_beyond_what_may_be_spent_is_refused_after_the_look()
    {
        var before = Spent();
        var (exitCode, _, said) = await AskAsync("SELECT COUNT(*) AS n FROM readings WHERE age <> 74", "--error", "0.1%", "--rho", "0.01");

        Assert.NotEqual(0, exitCode);
        Assert.Contains(said, line => line.Text.Contains("both together may be 0.01", StringComparison.Ordinal));
        Assert.Equal(before + RoughLook, Spent(), 1e-11);
    }

    private static bool Near((double First, double Second) one, (double First, double Second) other) =>
        Math.Abs(one.First - other.First) < 1e-11 && Math.Abs(one.Second - other.Second) < 1e-11;

    // By the owner's log, in which each charge is durable together with the charge itself.
    private double Spent() => LogForger.LeavesOf(exchange.Exchange["alpha"].Home).Select(leaf => JsonNode.Parse(leaf)!)
        .Where(leaf => (string?)leaf["event"] == "budget.charged").Sum(leaf => double.Parse((string)leaf["rho"]!, CultureInfo.InvariantCulture));

    private async Task<(int ExitCode, string Output, IReadOnlyList<(string Text, double Spent)> Said)> AskAsync(string sql, params string[] options)
    {
        using var output = new StringWriter();
        using var error = new SpentAtEachLine(Spent);
        var exitCode = await CliProgram.RunAsync(
            ["query", sql, "--purpose", "research", "--format", "json", "--home", exchange.Exchange["lab"].Home.Path, .. options], output, error, TestContext.Current.CancellationToken);
        return (exitCode, output.ToString(), error.Lines);
    }

    /// <summary>Notes, of each line, what was spent when it was written.</summary>
    private sealed class SpentAtEachLine(Func<double> spent) : TextWriter
    {
        private readonly StringBuilder _line = new();

        public List<(string Text, double Spent)> Lines { get; } = [];

        public override Encoding Encoding => Encoding.UTF8;

        public override void Write(char value)
        {
            if (value != '\n')
            {
                _line.Append(value);
            }
            else
            {
                Lines.Add((_line.ToString().TrimEnd('\r'), spent()));
                _line.Clear();
            }
        }
    }
}
