using Exchange.Engines.Publishing;
using Exchange.Engines.Tests.Support;
using Exchange.Query.Execution;
using Exchange.Query.Products;

namespace Exchange.Engines.Tests.DuckDb;

/// <summary>The same suite with the statements that large versions get, where units are counted by a second one.</summary>
public sealed class DuckDbSecondStatementTests : QueryEngineConformance
{
    protected override string EngineName => "duckdb";

    protected override EngineSet NewEngines(ScratchFolder folder) => new(folder.File("data"), new EngineLimits(2, 500_000_000, SmallRowsMax: 0));

    protected override async Task<DatasetSource> PublishAsync(EngineSet engines, Product product, string file, ScratchFolder folder) =>
        (await new DatasetPublisher(engines).PublishAsync(new PublishRequest(product, file, "duckdb", 1, null, false, ""), null, Token)).Published!;
}
