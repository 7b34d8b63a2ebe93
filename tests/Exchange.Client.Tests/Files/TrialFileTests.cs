using Exchange.Client.Files;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Identity.V1;

namespace Exchange.Client.Tests.Files;

public sealed class TrialFileTests
{
    private const string Product = "product: weather/1\nunit: row\ncolumns:\n  month: {type: int, role: dimension}\n  temp: {type: double, role: measure}\n";
    private const string Offer = "offer: open\nproduct: weather/1\npurposes: [research]\nrelease: checked\n";
    private const string Trial = """
        products: [product.yaml]
        participants:
          - {id: ewr, kind: government, region: US-NJ, datasets: [{product: weather/1, source: EWR.csv, engine: duckdb, offer: offer.yaml}]}
          - {id: jfk, kind: government, region: US-NY, datasets: [{product: weather/1, source: "sqlite:data/jfk.db#weather", offer: offer.yaml}]}
          - {id: lab, kind: institute, region: US-NY, roles: [consumer]}
        queries:
          - {as: lab, purpose: research, sql: "SELECT month, AVG(temp) FROM weather GROUP BY month ORDER BY month"}
          - {as: lab, purpose: research, sql: "SELECT COUNT(*) FROM weather", participants: [ewr], require: all}
        """;

    [Fact]
    public void Paths_are_relative_to_the_file_that_names_them()
    {
        using var file = Write(Trial);
        var trial = TrialFile.Read(file.FilePath);

        Assert.Equal("weather", Assert.Single(trial.Products).Name);
        Assert.Equal(["ewr", "jfk", "lab"], trial.Participants.Select(participant => participant.Member.Id));
        Assert.Equal([ParticipantRole.Consumer], trial.Participants[2].Member.Roles);
        var dataset = Assert.Single(trial.Participants[0].Datasets);
        Assert.Equal((Path.Combine(file.Folder, "EWR.csv"), "duckdb", "open"), (dataset.Source, dataset.Engine, dataset.Offer?.Name));
        Assert.Equal($"sqlite:{file.Folder}/data/jfk.db#weather", trial.Participants[1].Datasets[0].Source);
        Assert.Equal(2, trial.Queries.Count);
        Assert.Equal(-1, trial.Queries[1].Require);
        Assert.Equal(["ewr"], trial.Queries[1].Participants);
    }

    [Theory]
    [InlineData("as: lab, purpose: research, sql: \"SELECT month", "as: lap, purpose: research, sql: \"SELECT month", "trial.yaml, line 7: unknown participant 'lap' – did you mean 'lab'?")]
    [InlineData("{id: jfk", "{id: ewr", "trial.yaml, line 4: the participant 'ewr' stands there twice.")]
    [InlineData("engine: duckdb", "engine: ducdb", "trial.yaml, line 3: unknown engine 'ducdb' – did you mean 'duckdb'?")]
    [InlineData("[{product: weather/1, source: EWR", "[{product: weather/2, source: EWR", "trial.yaml, line 3: unknown product 'weather/2' – did you mean 'weather/1'?")]
    [InlineData("kind: institute", "kind: institut", "trial.yaml, line 5: unknown kind 'institut' – did you mean 'institute'?")]
    [InlineData("queries:", "querys:", "trial.yaml, line 6: unknown key 'querys' – did you mean 'queries'?")]
    public void Mistake_is_shown_with_file_line_and_nearest_word(string right, string wrong, string sentence)
    {
        using var file = Write(Trial.Replace(right, wrong, StringComparison.Ordinal));
        Assert.Equal(sentence, Assert.Throws<ExchangeException>(() => TrialFile.Read(file.FilePath)).Message);
    }

    [Fact]
    public void Mistake_in_a_named_file_is_shown_with_that_file()
    {
        using var file = Write(Trial);
        file.Add("offer.yaml", Offer.Replace("release", "relase", StringComparison.Ordinal));
        Assert.Equal("offer.yaml, line 4: unknown key 'relase' – did you mean 'release'?", Assert.Throws<ExchangeException>(() => TrialFile.Read(file.FilePath)).Message);
    }

    [Fact]
    public void Offer_for_another_product_is_refused()
    {
        using var file = Write(Trial);
        file.Add("offer.yaml", Offer.Replace("weather/1", "weather/2", StringComparison.Ordinal));
        Assert.Equal("trial.yaml, line 3: this offer is for weather/2, not for weather/1.", Assert.Throws<ExchangeException>(() => TrialFile.Read(file.FilePath)).Message);
    }

    private static WrittenFile Write(string trial)
    {
        var file = new WrittenFile("trial.yaml", trial);
        file.Add("product.yaml", Product);
        file.Add("offer.yaml", Offer);
        return file;
    }
}
