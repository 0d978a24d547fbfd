using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace EtlTools.Cmdlets.Tests.Operating;

/// <summary>An OpenTelemetry collector that keeps what it is sent over HTTP.</summary>
internal sealed class OtlpReceiver : IDisposable
{
    private readonly HttpListener _listener = new();
    private readonly ConcurrentQueue<(string Path, byte[] Body)> _received = new();
    private readonly Task _serving;

    public OtlpReceiver()
    {
        using (var probe = new TcpListener(IPAddress.Loopback, 0))
        {
            probe.Start();
            Endpoint = $"http://127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}";
        }
        _listener.Prefixes.Add(Endpoint + "/");
        _listener.Start();
        _serving = Task.Run(ServeAsync);
    }

    public string Endpoint { get; }

    /// <summary>All that came, as bytes one after the other.</summary>
    public string AllText => string.Concat(_received.Select(request => Encoding.UTF8.GetString(request.Body)));

    public bool HasTraces => _received.Any(request => request.Path == "/v1/traces");

    /// <summary>The last value of each sum of a metric, by its attributes.</summary>
    public Dictionary<string, long> Sums(string metric, string stage)
    {
        var sums = new Dictionary<string, long>();
        foreach ((_, byte[] body) in _received.Where(request => request.Path == "/v1/metrics"))
        {
            foreach (ProtoField found in Proto.Read(body).Where(f => f.Number == 1).SelectMany(resource => Proto.Read(resource.Bytes)).Where(f => f.Number == 2)
                .SelectMany(scope => Proto.Read(scope.Bytes)).Where(f => f.Number == 2))
            {
                List<ProtoField> fields = Proto.Read(found.Bytes);
                if (Encoding.UTF8.GetString(fields.Single(f => f.Number == 1).Bytes) != metric)
                    continue;
                foreach (ProtoField point in fields.Where(f => f.Number == 7).SelectMany(sum => Proto.Read(sum.Bytes)).Where(f => f.Number == 1))
                {
                    List<ProtoField> parts = Proto.Read(point.Bytes);
                    string attributes = string.Join(',', parts.Where(f => f.Number == 7).Select(f => Attribute(f.Bytes)));
                    if (attributes.Contains("stage=" + stage, StringComparison.Ordinal))
                        sums[attributes] = (long)parts.Single(f => f.Number == 6).Value;
                }
            }
        }
        return sums;
    }

    public void Dispose()
    {
        _listener.Stop();
        _serving.Wait(TimeSpan.FromSeconds(5));
        _listener.Close();
    }

    private static string Attribute(byte[] bytes)
    {
        List<ProtoField> pair = Proto.Read(bytes);
        string value = string.Concat(Proto.Read(pair.Single(f => f.Number == 2).Bytes).Where(f => f.Number == 1).Select(f => Encoding.UTF8.GetString(f.Bytes)));
        return $"{Encoding.UTF8.GetString(pair.Single(f => f.Number == 1).Bytes)}={value}";
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                HttpListenerContext context = await _listener.GetContextAsync();
                using var body = new MemoryStream();
                await context.Request.InputStream.CopyToAsync(body);
                _received.Enqueue((context.Request.Url!.AbsolutePath, body.ToArray()));
                context.Response.ContentType = "application/x-protobuf";
                context.Response.Close();
            }
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or InvalidOperationException)
        {
            // Stopped.
            return;
        }
    }
}

/// <summary>A field of a protobuf message, as it stands on the wire.</summary>
internal sealed record ProtoField(int Number, ulong Value, byte[] Bytes);

/// <summary>Reads protobuf's wire format.</summary>
internal static class Proto
{
    public static List<ProtoField> Read(byte[] message)
    {
        var fields = new List<ProtoField>();
        int at = 0;
        while (at < message.Length)
        {
            ulong tag = Varint(message, ref at);
            int number = (int)(tag >> 3);
            switch (tag & 7)
            {
                case 0:
                    fields.Add(new ProtoField(number, Varint(message, ref at), []));
                    break;
                case 1:
                    fields.Add(new ProtoField(number, BitConverter.ToUInt64(message, at), []));
                    at += 8;
                    break;
                case 2:
                    int length = (int)Varint(message, ref at);
                    fields.Add(new ProtoField(number, 0, message[at..(at + length)]));
                    at += length;
                    break;
                case 5:
                    fields.Add(new ProtoField(number, BitConverter.ToUInt32(message, at), []));
                    at += 4;
                    break;
                default:
                    throw new InvalidDataException($"wire type {tag & 7}");
            }
        }
        return fields;
    }

    private static ulong Varint(byte[] message, ref int at)
    {
        ulong value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte next = message[at++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
                return value;
        }
    }
}
