using System.Text.Json;
using Exchange.Query.Execution;
using Exchange.Query.Rules;
using static Exchange.Query.Tests.Plans;

namespace Exchange.Query.Tests.Execution;

public sealed class DatasetSourceTests
{
    private static readonly Contribution Bounded = new(0, Column("kwh"), "kwh", 0, 500, false, -1);

    [Fact]
    public void A_version_stored_before_largest_values_were_noted_has_those_of_the_declared_bounds()
    {
        var source = JsonSerializer.Deserialize<DatasetSource>("""{"Engine":"duckdb","Version":1,"RowCount":9,"RowsPerUnitMax":1,"Location":"duckdb","Parts":["p"],"Attached":false,"Stamp":null}""")!;

        Assert.Equal(500, source.MagnitudeOf(Bounded));
        Assert.Null(source.MagnitudeOf(Bounded with { MagnitudeMax = null }));
    }

    [Fact]
    public void Largest_values_survive_their_storage_and_tighten_the_bounds()
    {
        var stored = new DatasetSource("duckdb", 1, 9, 1, "duckdb", ["p"], false, null, new Dictionary<string, double> { ["kwh"] = 70.5 });
        var source = JsonSerializer.Deserialize<DatasetSource>(JsonSerializer.Serialize(stored))!;

        Assert.Equal(70.5, source.MagnitudeOf(Bounded));
        Assert.Equal(70.5, source.MagnitudeOf(Bounded with { MagnitudeMax = null }));
        Assert.Equal(500, source.MagnitudeOf(Bounded with { Column = null }));
    }
}
