using System.Security.Cryptography.X509Certificates;
using System.Text;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Signing;

namespace Exchange.Protocol.Homes;

/// <summary>
/// A home folder: everything one participant or the identity server keeps on disk. Folders are 0700 and files 0600;
/// while a process serves the home it holds <see cref="Lock"/>, so no second one can.
/// </summary>
public sealed class Home
{
    private const UnixFileMode PrivateFolder = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode PrivateFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private Home(string path) => Path = path;

    /// <summary>Absolute path.</summary>
    public string Path { get; }

    /// <summary>Settings a person may edit.</summary>
    public string SettingsFile => In("config.yaml");

    /// <summary>Addresses of the running process; absent when none runs.</summary>
    public string RunningFile => In("node.json");

    /// <summary>The TLS certificate, PEM. In a participant's home its private key follows in the same file: see <see cref="SaveCertificate"/>.</summary>
    public string CertificateFile => In("tls/cert.pem");

    /// <summary>The private key of the identity server's certificate, PEM (PKCS #8); absent in a participant's home.</summary>
    public string PrivateKeyFile => In("tls/key.pem");

    /// <summary>The exchange CA, PEM.</summary>
    public string CaFile => In("tls/ca.pem");

    /// <summary>Ed25519 seed for queries, agreements, products.</summary>
    public string SigningKeyFile => In("keys/signing.key");

    /// <summary>Ed25519 seed of the access log.</summary>
    public string LogKeyFile => In("keys/log.key");

    /// <summary>The seed that takes the place of <see cref="LogKeyFile"/> when a rotation ends; absent otherwise.</summary>
    public string NextLogKeyFile => In("keys/log.key.next");

    /// <summary>The operator's Ed25519 public key, 32 bytes.</summary>
    public string OperatorKeyFile => In("keys/operator.pub");

    /// <summary>The last register, a serialised SignedBytes.</summary>
    public string RegisterFile => In("register.bin");

    /// <summary>The last access token, kept for an outage of the identity server; worthless without the certificate's key.</summary>
    public string TokenFile => In("token.json");

    /// <summary>Node state: agreements, access log, queries.</summary>
    public string StateFile => In("state.db");

    /// <summary>The last heads of the access log that were signed, outside the database: a database put back to an earlier state is recognised by it.</summary>
    public string LogHeadFile => In("log-head.txt");

    /// <summary>Folder of the engines' files.</summary>
    public string DataFolder => In("data");

    /// <summary>Makes the folder (mode 0700) unless it exists.</summary>
    /// <exception cref="ExchangeException"><see cref="Reasons.StorageFailed"/> when it cannot be made; <see cref="Reasons.HomeNotEmpty"/> when another home is there.</exception>
    public static Home Create(string path)
    {
        var home = new Home(System.IO.Path.GetFullPath(path));
        if (File.Exists(home.SettingsFile))
        {
            throw Reasons.HomeNotEmpty.Because($"The folder {home.Path} holds a home already.", "Name another folder with --home, or use that home as it is.");
        }

        try
        {
            foreach (var folder in new[] { home.Path, home.In("tls"), home.In("keys"), home.DataFolder })
            {
                Directory.CreateDirectory(folder);
                File.SetUnixFileMode(folder, PrivateFolder);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ExchangeException(Reasons.StorageFailed, $"The home folder {home.Path} cannot be made: {error.Message}", "Name a folder you can write to with --home.", error);
        }

        return home;
    }

    /// <summary>Opens a home that <see cref="Create"/> made and that has settings.</summary>
    /// <exception cref="ExchangeException"><see cref="Reasons.HomeMissing"/>.</exception>
    public static Home Open(string path)
    {
        var home = new Home(System.IO.Path.GetFullPath(path));
        return File.Exists(home.SettingsFile)
            ? home
            : throw Reasons.HomeMissing.Because($"There is no home in {home.Path}.", "Make one with `exchange join` or `exchange identity init`, or name another with --home.");
    }

    /// <summary>Takes the home for this process until the handle is disposed or the process ends, however it ends.</summary>
    /// <exception cref="ExchangeException"><see cref="Reasons.HomeInUse"/>.</exception>
    public IDisposable Lock()
    {
        try
        {
            // FileShare.None is an advisory flock on Unix: the kernel drops it when the process dies.
            var handle = new FileStream(In("lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            File.SetUnixFileMode(In("lock"), PrivateFile);
            return handle;
        }
        catch (IOException error)
        {
            throw new ExchangeException(Reasons.HomeInUse, $"The home {Path} is in use by another process.", "Stop that process, or name another home with --home.", error);
        }
    }

    /// <summary>Writes a file with mode 0600 so that a crash leaves the old or the new content, never half.</summary>
    public void WritePrivate(string file, ReadOnlySpan<byte> content)
    {
        var temporary = file + ".new";
        using (var stream = new FileStream(temporary, new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            UnixCreateMode = PrivateFile,
        }))
        {
            stream.Write(content);
            stream.Flush(flushToDisk: true);
        }

        File.Move(temporary, file, overwrite: true);
    }

    /// <summary>The TLS certificate with its private key. The caller disposes it.</summary>
    public X509Certificate2 LoadCertificate() =>
        X509Certificate2.CreateFromPemFile(CertificateFile, File.Exists(PrivateKeyFile) ? PrivateKeyFile : null);

    /// <summary>
    /// Keeps a participant's certificate and its private key in one file, so that a crash in a renewal leaves the old pair
    /// or the new one and never halves of both.
    /// </summary>
    public void SaveCertificate(X509Certificate2 withPrivateKey)
    {
        using var key = withPrivateKey.GetECDsaPrivateKey() ?? throw new ArgumentException("The certificate has no ECDSA key.", nameof(withPrivateKey));
        WritePrivate(CertificateFile, Encoding.ASCII.GetBytes(withPrivateKey.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem() + "\n"));
    }

    /// <summary>The exchange CA. The caller disposes it.</summary>
    public X509Certificate2 LoadCa() => X509CertificateLoader.LoadCertificateFromFile(CaFile);

    /// <summary>The key for queries, agreements and products.</summary>
    public SigningKey LoadSigningKey() => SigningKey.FromSeed(File.ReadAllBytes(SigningKeyFile));

    /// <summary>The key of the access log.</summary>
    public SigningKey LoadLogKey() => SigningKey.FromSeed(File.ReadAllBytes(LogKeyFile));

    private string In(string name) => System.IO.Path.Combine(Path, name);
}
