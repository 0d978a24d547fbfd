using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace EtlTools.Engine.Tests.Extract.Api;

/// <summary>A web server that gives one file, in the ways in which servers do.</summary>
internal sealed class FileService : IDisposable
{
    private readonly HttpListener _listener = new();
    private int _requests;

    public FileService(byte[] content, string name = "orders.csv")
    {
        Content = content;
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        int port = ((IPEndPoint)probe.LocalEndpoint).Port;
        probe.Stop();
        Uri = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}/data/{name}?X-Amz-Signature=topsecretsignature"));
        _listener.Prefixes.Add(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}/"));
        _listener.Start();
        _ = Task.Run(ServeAsync);
    }

    public Uri Uri { get; }

    public byte[] Content { get; set; }

    public string? Tag { get; set; } = "\"v1\"";

    public bool HasRanges { get; set; } = true;

    /// <summary>Bytes after which a connection is cut; 0 for never.</summary>
    public int CutAfter { get; set; }

    /// <summary>The length that is told; null for the right one.</summary>
    public long? ToldLength { get; set; }

    public HttpStatusCode? Status { get; set; }

    public string ContentType { get; set; } = "text/csv";

    public string? RedirectTo { get; set; }

    /// <summary>Called before an answer, with its number.</summary>
    public Action<int> Before { get; set; } = _ => { };

    /// <summary>Where each request began to read.</summary>
    public List<long> Offsets { get; } = [];

    public void Dispose() => _listener.Close();

    private async Task ServeAsync()
    {
        while (_listener.IsListening)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or InvalidOperationException)
            {
                return;
            }
            _ = Task.Run(() => AnswerAsync(context));
        }
    }

    private async Task AnswerAsync(HttpListenerContext context)
    {
        HttpListenerResponse answer = context.Response;
        Before(Interlocked.Increment(ref _requests));
        byte[] content = Content;
        long begin = 0;
        try
        {
            if (RedirectTo is { } target)
            {
                answer.StatusCode = 302;
                answer.RedirectLocation = target;
                answer.Close();
                return;
            }
            if (Status is { } status)
            {
                answer.StatusCode = (int)status;
                answer.Close();
                return;
            }
            answer.ContentType = ContentType;
            if (Tag is not null)
                answer.Headers["ETag"] = Tag;
            string? range = context.Request.Headers["Range"];
            string? condition = context.Request.Headers["If-Range"];
            if (HasRanges && range is not null && (condition is null || condition == Tag))
            {
                begin = long.Parse(range["bytes=".Length..^1], CultureInfo.InvariantCulture);
                if (begin >= content.Length)
                {
                    answer.StatusCode = 416;
                    answer.Close();
                    return;
                }
                answer.StatusCode = 206;
                answer.Headers["Content-Range"] = string.Create(CultureInfo.InvariantCulture, $"bytes {begin}-{content.Length - 1}/{ToldLength ?? content.Length}");
            }
            lock (Offsets)
                Offsets.Add(begin);
            answer.ContentLength64 = (ToldLength ?? content.Length) - begin;
            int rest = content.Length - (int)begin;
            int given = CutAfter > 0 ? Math.Min(CutAfter, rest) : rest;
            await answer.OutputStream.WriteAsync(content.AsMemory((int)begin, given));
            await answer.OutputStream.FlushAsync();
            if (given < rest || ToldLength > content.Length)
                answer.Abort();
            else
                answer.Close();
        }
        catch (Exception e) when (e is HttpListenerException or IOException or InvalidOperationException)
        {
            // The reader has gone, as it does when it goes on elsewhere.
            answer.Abort();
        }
    }
}
