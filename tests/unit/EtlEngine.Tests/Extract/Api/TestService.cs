using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace EtlTools.Engine.Tests.Extract.Api;

/// <summary>A web service on a free port of this machine that does what a test says, and remembers what it was asked.</summary>
public sealed class TestService : IDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<Seen> _requests = [];

    public TestService(Func<HttpContext, Task> answer, bool tls = false, bool wantsCertificate = false)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.ResponseHeaderEncodingSelector = _ => Encoding.UTF8;
            kestrel.Limits.MaxResponseBufferSize = 64 * 1024;
            kestrel.Listen(IPAddress.Loopback, 0, listen =>
            {
                if (tls)
                {
                    listen.UseHttps(https =>
                    {
                        https.ServerCertificate = MakeCertificate("localhost");
                        https.ClientCertificateMode = wantsCertificate ? ClientCertificateMode.AllowCertificate : ClientCertificateMode.NoCertificate;
                        https.AllowAnyClientCertificate();
                    });
                }
            });
        });
        _app = builder.Build();
        _app.Run(async context =>
        {
            using var body = new StreamReader(context.Request.Body);
            string text = await body.ReadToEndAsync();
            _requests.Enqueue(new Seen(
                context.Request.Method,
                context.Request.Path + context.Request.QueryString.Value,
                context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase),
                text,
                (await context.Connection.GetClientCertificateAsync())?.Subject));
            await answer(context);
        });
        _app.StartAsync().GetAwaiter().GetResult();
        Port = new Uri(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()).Port;
        Url = $"{(tls ? "https" : "http")}://localhost:{Port}";
    }

    public int Port { get; }

    /// <summary>Its address, without a slash at the end.</summary>
    public string Url { get; }

    public IReadOnlyList<Seen> Requests => [.. _requests];

    public int Count => _requests.Count;

    public static X509Certificate2 MakeCertificate(string name)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        using X509Certificate2 made = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pfx), null);
    }

    public void Dispose()
    {
        using var now = new CancellationTokenSource();
        now.Cancel();
        _app.StopAsync(now.Token).GetAwaiter().GetResult();
        _app.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }

    /// <summary>What the service was asked.</summary>
    public sealed record Seen(string Method, string Target, IReadOnlyDictionary<string, string> Headers, string Body, string? ClientCertificate);
}

/// <summary>Answers of a test's service.</summary>
public static class Answers
{
    public static Task Json(this HttpContext context, string json, int status = 200)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(json, context.RequestAborted);
    }

    public static Task Status(this HttpContext context, int status, string? retryAfter = null)
    {
        context.Response.StatusCode = status;
        if (retryAfter is not null)
            context.Response.Headers.RetryAfter = retryAfter;
        return Task.CompletedTask;
    }

    public static Task Redirect(this HttpContext context, string to, int status = 302)
    {
        context.Response.StatusCode = status;
        context.Response.Headers.Location = to;
        return Task.CompletedTask;
    }

    /// <summary>Sends a part of a body and breaks the connection.</summary>
    public static async Task Break(this HttpContext context, string part)
    {
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(part, context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
        // Long enough for the client to have read what was sent.
        await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, context.RequestAborted);
        context.Abort();
    }

    public static string? Query(this HttpContext context, string name) => context.Request.Query[name];

    /// <summary>Items with ids from one number to another.</summary>
    public static string Items(int from, int to) =>
        string.Join(',', Enumerable.Range(from, to - from + 1).Select(i => $$"""{"id":{{i}},"name":"item {{i}}"}"""));
}
