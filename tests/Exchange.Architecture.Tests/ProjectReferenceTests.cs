using System.Xml.Linq;

namespace Exchange.Architecture.Tests;

/// <summary>Which project may know which, so that the way of a request stays one way.</summary>
public sealed class ProjectReferenceTests
{
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Exchange.Protocol"] = [],
        ["Exchange.Privacy"] = [],
        ["Exchange.Transparency"] = [],
        ["Exchange.Query"] = ["Exchange.Protocol"],
        ["Exchange.Engines"] = ["Exchange.Query"],
        ["Exchange.Client"] = ["Exchange.Protocol", "Exchange.Transparency"],
        ["Exchange.Node"] = ["Exchange.Protocol", "Exchange.Privacy", "Exchange.Transparency", "Exchange.Query", "Exchange.Engines"],
        ["Exchange.Identity"] = ["Exchange.Protocol", "Exchange.Transparency"],
        ["Exchange.Cli"] = ["Exchange.Client", "Exchange.Node", "Exchange.Identity"],
    };

    [Fact]
    public void Every_project_references_only_what_the_design_allows()
    {
        var projects = Directory.GetFiles(Path.Combine(Repository.Root, "src"), "*.csproj", SearchOption.AllDirectories);
        Assert.Equal(Allowed.Keys.Order(), projects.Select(project => Path.GetFileNameWithoutExtension(project)).Order());
        foreach (var project in projects)
        {
            var references = XDocument.Load(project).Descendants("ProjectReference")
                .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value.Replace('\\', '/')));
            Assert.Empty(references.Except(Allowed[Path.GetFileNameWithoutExtension(project)]));
        }
    }

    [Fact]
    public void Namespaces_equal_folders()
    {
        var source = Path.Combine(Repository.Root, "src");
        var wrong = Directory.GetFiles(source, "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal))
            .Where(file => File.ReadLines(file).FirstOrDefault(line => line.StartsWith("namespace ", StringComparison.Ordinal)) is { } line
                && line != $"namespace {Path.GetRelativePath(source, Path.GetDirectoryName(file)!).Replace('/', '.')};")
            .Select(file => Path.GetRelativePath(Repository.Root, file));
        Assert.Empty(wrong);
    }
}
