using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Homes;
using Exchange.Protocol.Naming;

namespace Exchange.Protocol.Tests.Homes;

public sealed class HomeTests : IDisposable
{
    private const UnixFileMode PrivateFolder = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode PrivateFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private readonly string _path = Path.Combine(Path.GetTempPath(), "exchange-test-" + Identifiers.NewId());

    public void Dispose()
    {
        if (Directory.Exists(_path))
        {
            Directory.Delete(_path, recursive: true);
        }
    }

    [Fact]
    public void Folders_and_files_are_for_the_owner_alone()
    {
        var home = Home.Create(_path);
        home.WritePrivate(home.SigningKeyFile, [1, 2, 3]);

        Assert.Equal(PrivateFolder, File.GetUnixFileMode(_path));
        Assert.All(Directory.EnumerateDirectories(_path), folder => Assert.Equal(PrivateFolder, File.GetUnixFileMode(folder)));
        Assert.Equal(PrivateFile, File.GetUnixFileMode(home.SigningKeyFile));
        Assert.Equal([1, 2, 3], File.ReadAllBytes(home.SigningKeyFile));
    }

    [Fact]
    public void A_folder_is_a_home_once_it_has_settings_and_is_then_not_made_again()
    {
        var home = Home.Create(_path);
        Assert.Equal(Reasons.HomeMissing, Assert.Throws<ExchangeException>(() => Home.Open(_path)).Reason);

        new HomeSettings { Participant = "mill" }.Save(home);
        Assert.Equal(home.Path, Home.Open(_path).Path);
        Assert.Equal(Reasons.HomeNotEmpty, Assert.Throws<ExchangeException>(() => Home.Create(_path)).Reason);
    }

    [Fact]
    public void A_home_is_served_by_one_at_a_time()
    {
        var home = Home.Create(_path);
        using (home.Lock())
        {
            Assert.Equal(Reasons.HomeInUse, Assert.Throws<ExchangeException>(home.Lock).Reason);
        }

        using var again = home.Lock();
    }

    [Fact]
    public void A_place_where_no_folder_can_be_made_is_named()
    {
        Directory.CreateDirectory(_path);
        File.WriteAllText(Path.Combine(_path, "file"), "");

        Assert.Equal(Reasons.StorageFailed, Assert.Throws<ExchangeException>(() => Home.Create(Path.Combine(_path, "file", "home"))).Reason);
    }

    [Fact]
    public void A_certificate_and_its_key_are_replaced_in_one_file()
    {
        var home = Home.Create(_path);
        foreach (var name in new[] { "first", "second" })
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var now = TimeProvider.System.GetUtcNow();
            using var certificate = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256).CreateSelfSigned(now, now.AddDays(1));
            home.SaveCertificate(certificate);

            using var loaded = home.LoadCertificate();
            Assert.Equal(certificate.RawData, loaded.RawData);
            Assert.True(loaded.HasPrivateKey);
        }

        Assert.Equal([home.CertificateFile], Directory.EnumerateFiles(_path, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public void Settings_are_read_back_as_written_and_a_bad_line_is_named()
    {
        var home = Home.Create(_path);
        new HomeSettings { Kind = HomeKind.Identity, Participant = "mill", Identity = "https://id:1/", Endpoint = "https://n:2", Listen = "0.0.0.0:2" }.Save(home);
        var settings = HomeSettings.Load(home);
        Assert.Equal((HomeKind.Identity, "mill", "https://id:1/", "https://n:2", "0.0.0.0:2"), (settings.Kind, settings.Participant, settings.Identity, settings.Endpoint, settings.Listen));

        File.WriteAllText(home.SettingsFile, "kind: Participant\nparticpant: mill\n");
        var error = Assert.Throws<ExchangeException>(() => HomeSettings.Load(home));
        Assert.Equal(Reasons.SettingsInvalid, error.Reason);
        Assert.Contains("line 2", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_running_process_is_told_and_taken_back()
    {
        var home = Home.Create(_path);
        Assert.Null(RunningProcess.Load(home));
        new RunningProcess("https://127.0.0.1:7443", 42).Save(home);
        Assert.Equal(new RunningProcess("https://127.0.0.1:7443", 42), RunningProcess.Load(home));
        RunningProcess.Clear(home);
        Assert.Null(RunningProcess.Load(home));
    }
}
