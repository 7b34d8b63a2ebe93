using Exchange.Engines.Publishing;
using Exchange.Engines.Tests.Support;
using Exchange.Query.Execution;
using Exchange.Query.Products;

namespace Exchange.Engines.Tests.DuckDb;

public sealed class DuckDbEngineTests : QueryEngineConformance
{
    protected override string EngineName => "duckdb";

    protected override async Task<DatasetSource> PublishAsync(EngineSet engines, Product product, string file, ScratchFolder folder) =>
        (await new DatasetPublisher(engines).PublishAsync(new PublishRequest(product, file, "duckdb", 1, null, false, ""), null, Token)).Published!;

    [Fact]
    public async Task Nothing_is_opened_before_the_first_use()
    {
        using var folder = new ScratchFolder();
        await using var engines = NewEngines(folder);
        _ = engines["duckdb"];
        Assert.False(Directory.Exists(folder.File("data")));
    }

    [Fact]
    public async Task Stored_files_are_the_owners_alone()
    {
        using var folder = new ScratchFolder();
        await using var engines = NewEngines(folder);
        await PublishAsync(engines, Readings.Product(), folder.Write("a.csv", ReadingsFile.Text(10)), folder);
        var files = Directory.GetFiles(folder.File("data"), "*", SearchOption.AllDirectories);
        Assert.Equal([".duckdb", ".hashes", ".key"], files.Select(Path.GetExtension).Order());
        Assert.All(files, file => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file)));
    }
}
