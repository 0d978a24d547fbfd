using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace EtlTools.Tests.Tds;

/// <summary>Makes certificates that nobody trusts.</summary>
public static class TdsCertificate
{
    /// <summary>A certificate signed by itself.</summary>
    public static X509Certificate2 New()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=double", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using X509Certificate2 made = request.CreateSelfSigned(new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(2049, 1, 1, 0, 0, 0, TimeSpan.Zero));
        // Windows shows only certificates whose key it keeps.
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
    }
}
