using Exchange.Engines.Publishing;
using Exchange.Engines.Tests.Support;
using Exchange.Query.Execution;
using Exchange.Query.Products;

namespace Exchange.Engines.Tests.Sqlite;

public sealed class ImportedSqliteTests : QueryEngineConformance
{
    protected override string EngineName => "sqlite";

    protected override async Task<DatasetSource> PublishAsync(EngineSet engines, Product product, string file, ScratchFolder folder) =>
        (await new DatasetPublisher(engines).PublishAsync(new PublishRequest(product, file, "sqlite", 1, null, false, ""), null, Token)).Published!;
}
